/**
 * One Lambda function, its role, and its log group with a retention. esbuild bundles all code into the
 * handler, the SDK too, so that the tested code is the deployed code. At first the role may only write the
 * function's own log.
 */
import { Duration, Stage } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as CdkFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type Variables, variableOf } from '../../src/lambda/environment.ts';
import { handlerDirectory, type HandlerName } from '#handler-code';
import { type Settings, textAt, textOf } from '../settings/settings.ts';
import { allow } from './grants.ts';
import { createLogGroup } from './log-group.ts';

export interface LambdaFunctionProps {
  readonly description: string;
  readonly handler: HandlerName;
  /** Its name in logs and metrics. */
  readonly service: string;
  /** The name of the pipeline, which is the namespace of its metrics. */
  readonly name: string;
  /** The settings and the names of resources that its handler reads. */
  readonly variables: Variables;
  readonly settings: Settings;
  /** Names and URLs of resources, keyed by variable as in src/lambda/settings.ts. */
  readonly resources: Readonly<Record<string, string>>;
  readonly size: Pick<Settings['api'], 'memoryMegabytes' | 'timeoutSeconds'>;
  /** Options of Node, as in NODE_OPTIONS. */
  readonly nodeOptions?: string;
}

export class LambdaFunction extends Construct implements IGrantable {
  readonly grantPrincipal: IPrincipal;
  readonly functionName: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id);
    const log = createLogGroup(this, { settings: props.settings.logs });
    // A role of its own: the managed policy that the CDK would attach allows writing every log of the
    // account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    log.grantWrite(role);

    const outdir = `${Stage.of(this)?.outdir ?? 'cdk.out'}/bundle-${this.node.addr}`;
    const directory = handlerDirectory(props.handler, outdir);
    const lambda = new CdkFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(directory),
      environment: {
        ...environmentOf(props),
        ...(props.nodeOptions !== undefined && { NODE_OPTIONS: props.nodeOptions }),
        POWERTOOLS_SERVICE_NAME: props.service,
        POWERTOOLS_METRICS_NAMESPACE: props.name,
        POWERTOOLS_LOG_LEVEL: props.settings.logs.level,
      },
      memorySize: props.size.memoryMegabytes,
      timeout: Duration.seconds(props.size.timeoutSeconds),
      role,
      logGroup: log,
      // Powertools itself writes each line as JSON, metrics included.
      loggingFormat: LoggingFormat.TEXT,
    });
    this.grantPrincipal = role;
    this.functionName = lambda.functionName;
    this.arn = lambda.functionArn;
  }

  grantInvoke(grantee: IGrantable): void {
    allow(grantee, this.arn, ['lambda:InvokeFunction']);
  }
}

function environmentOf({ variables, settings, resources }: LambdaFunctionProps) {
  return Object.fromEntries(
    Object.entries(variables).flatMap(
      ([
        name,
        {
          path,
          value: { ifUnset },
        },
      ]) => {
        const value = path === undefined ? resources[name] : textAt(path, settings);
        if (value === undefined) throw new Error(`${name} is neither a setting nor a resource of the stack`);
        const unset = path === undefined ? undefined : textOf(path, ifUnset);
        return value === unset ? [] : [[variableOf(path ?? name), value]];
      },
    ),
  );
}
