/** DEPLOY.md of `favourite-counts synth`: the commands that deploy the template. */
import type { Settings } from '../settings/settings.ts';

export function instructions({
  settings,
  zips,
}: {
  readonly settings: Settings;
  readonly zips: readonly string[];
}): string {
  const { stackName } = settings;
  return `# Deploy ${stackName}

\`template.json\` creates everything that counts ${settings.existingFavourites.tableArn ?? 'a new table'}.
The code of its functions is in ${zips.length} zip files, which must be in an S3 bucket in the same region.

## With CloudFormation

Replace \`your-bucket\` with the name of your bucket, and run in this directory:

\`\`\`bash
BUCKET=your-bucket
PREFIX=favourite-counts/
for zip in *.zip; do aws s3 cp "$zip" "s3://$BUCKET/$PREFIX$zip"; done
aws cloudformation deploy --stack-name ${stackName} --template-file template.json \\
  --capabilities CAPABILITY_IAM --s3-bucket "$BUCKET" --s3-prefix "\${PREFIX}templates" \\
  --parameter-overrides CodeBucket="$BUCKET" CodePrefix="$PREFIX"
\`\`\`

The command needs \`--s3-bucket\`, because the template is larger than the 51,200 bytes that a request may
carry.

## With Terraform

Save this as \`favourite-counts.tf\` in this directory. Use the directory as a module, or run Terraform in it:

\`\`\`hcl
variable "bucket" {}

resource "aws_s3_object" "code" {
  for_each = fileset(path.module, "*.zip")
  bucket   = var.bucket
  key      = "favourite-counts/\${each.value}"
  source   = "\${path.module}/\${each.value}"
}

resource "aws_s3_object" "template" {
  bucket = var.bucket
  key    = "favourite-counts/\${filesha256("\${path.module}/template.json")}.json"
  source = "\${path.module}/template.json"
}

resource "aws_cloudformation_stack" "favourite_counts" {
  name         = "${stackName}"
  template_url = "https://\${var.bucket}.s3.amazonaws.com/\${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM"]
  parameters   = { CodeBucket = var.bucket, CodePrefix = "favourite-counts/" }
  depends_on   = [aws_s3_object.code]
}
\`\`\`

## Afterwards

\`\`\`bash
aws cloudformation describe-stacks --stack-name ${stackName} --query 'Stacks[0].Outputs'
\`\`\`

prints the names of the tables; \`ReconcileStateMachineArn\`, the state machine that seeds, verifies and
repairs; and \`ClientConfig\`, which your application passes to \`favourite-counts/client\`. To read counts
and rankings, the application needs \`dynamodb:BatchGetItem\` on the table \`AggregatedFavouritesTableName\`,
and \`dynamodb:Query\` on its index \`ranking\`.

To upgrade, install the new version, run \`synth\` with the same settings and a new directory, and run the
same commands there.
`;
}
