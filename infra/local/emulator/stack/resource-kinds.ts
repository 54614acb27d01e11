/** Every type of resource that the emulator supports. Any other is an error. */
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

const nobodyPaged = 'nobody is paged from here; the template’s tests check the alarms';
const grants = `${noPermissions}; the template’s tests check the grants`;

/** Types of which nothing runs on this machine, each with the reason. */
export const inertKinds: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Authorizer': `${noPermissions}; the template’s tests check the authorizer`,
  'AWS::CDK::Metadata': 'counts how often constructs are used',
  'AWS::CloudWatch::Alarm': nobodyPaged,
  'AWS::CloudWatch::CompositeAlarm': nobodyPaged,
  'AWS::CloudWatch::Dashboard': 'there is no CloudWatch here',
  'AWS::IAM::ManagedPolicy': grants,
  'AWS::IAM::Policy': grants,
  'AWS::IAM::Role': grants,
  'AWS::Lambda::Permission': grants,
  'AWS::Logs::LogGroup': 'the functions’ lines go to the caller',
  'AWS::Scheduler::Schedule': 'what runs on a schedule is started by hand here',
  'AWS::SQS::QueuePolicy': `${noPermissions}; the queue listens on loopback only`,
};
