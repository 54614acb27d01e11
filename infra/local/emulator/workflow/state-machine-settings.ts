/** What the resolved template says of its AWS::StepFunctions::StateMachine. */
export interface StateMachineSettings {
  readonly name: string;
  readonly arn: string;
  /** Amazon States Language, its substitutions made. */
  readonly definition: Readonly<Record<string, unknown>>;
}
