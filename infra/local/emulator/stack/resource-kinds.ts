/** Every type of resource that the emulator supports. Any other type throws an error. */
import { httpApi, httpApiIntegration, httpApiRoute, httpApiStage } from './http-api.ts';
import { lambdaFunction } from './lambda-function.ts';
import { pipe } from './pipe.ts';
import { queue } from './queue.ts';
import { noPermissions, type ResourceKind } from './resource-kind.ts';
import { stateMachine } from './state-machine.ts';
import { table } from './table.ts';

export const resourceKinds: Readonly<Record<string, ResourceKind>> = {
  'AWS::ApiGatewayV2::Api': httpApi,
  'AWS::ApiGatewayV2::Integration': httpApiIntegration,
  'AWS::ApiGatewayV2::Route': httpApiRoute,
  'AWS::ApiGatewayV2::Stage': httpApiStage,
  'AWS::DynamoDB::Table': table,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Pipes::Pipe': pipe,
  'AWS::SQS::Queue': queue,
  'AWS::StepFunctions::StateMachine': stateMachine,
};

const nobodyPaged = 'there are no alarms here; the template’s tests check them';
const grants = `${noPermissions}; the template’s tests check the grants`;

/** Types that have no effect here, each with the reason. */
export const inertKinds: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Authorizer': `${noPermissions}; the template’s tests check the authorizer`,
  'AWS::CDK::Metadata': 'only for usage statistics of constructs',
  'AWS::CloudWatch::Alarm': nobodyPaged,
  'AWS::CloudWatch::CompositeAlarm': nobodyPaged,
  'AWS::CloudWatch::Dashboard': 'there is no CloudWatch here',
  'AWS::IAM::ManagedPolicy': grants,
  'AWS::IAM::Policy': grants,
  'AWS::IAM::Role': grants,
  'AWS::Lambda::Permission': grants,
  'AWS::Logs::LogGroup': 'log lines go to the caller',
  'AWS::Scheduler::Schedule': 'nothing runs on a schedule here; start it by hand',
  'AWS::SQS::QueuePolicy': `${noPermissions}; the queue listens on loopback only`,
};
