/** Every type of resource that the local run understands. Any other is an error, so that nothing is lost in silence. */
import { httpApi, httpApiIntegration, httpApiRoute, httpApiStage } from './http-api.ts';
import { lambdaFunction } from './lambda-function.ts';
import { pipe } from './pipe.ts';
import { queue } from './queue.ts';
import type { ResourceKind } from './resource-kind.ts';
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

/** Types of which nothing runs on this machine, each with the reason. */
export const inertKinds: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Authorizer':
    'nothing here asks for permission; the template’s tests check the authorizer',
  'AWS::CDK::Metadata': 'counts how often constructs are used',
  'AWS::CloudWatch::Alarm': 'nobody is paged from here; the template’s tests check the alarms',
  'AWS::CloudWatch::CompositeAlarm': 'nobody is paged from here; the template’s tests check the alarms',
  'AWS::CloudWatch::Dashboard': 'the console shows the same figures here',
  'AWS::IAM::ManagedPolicy': 'nothing here asks for permission; the template’s tests check the grants',
  'AWS::IAM::Policy': 'nothing here asks for permission; the template’s tests check the grants',
  'AWS::IAM::Role': 'nothing here asks for permission; the template’s tests check the grants',
  'AWS::Lambda::Permission': 'nothing here asks for permission; the template’s tests check the grants',
  'AWS::Logs::LogGroup': 'the functions’ lines go to the local run itself',
  'AWS::Scheduler::Schedule': 'what runs on a schedule is started by hand here',
  'AWS::SQS::QueuePolicy': 'nothing here asks for permission; the queue listens on loopback only',
};
