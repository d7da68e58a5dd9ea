/** Whose the parts are that the end-to-end suite runs on. docs/testing.md has the same list. */
export const PARTS: Readonly<Record<string, readonly string[]>> = {
  Real: [
    'the template, and `cdk bootstrap`, `cdk deploy`, `cdk destroy`',
    'the bundles of the lambdas, on Node 24',
    'the wire format of the SDK, in the lambdas and in the tests',
    '`docker build`, `docker push`, and what hosts pull by digest',
    'the host script, run by /bin/sh as root',
    'a Docker Engine on every host, and the containers on it',
  ],
  "MiniStack's": [
    'CloudFormation, IAM (not enforced), DynamoDB, SQS, SNS, EventBridge, Lambda, S3, CloudWatch',
    'the registry protocol and the API of ECR',
    'Step Functions: the walk through the states, Choice, Wait, Retry, Catch, JSONata',
    'EC2: an instance is a container',
  ],
  'Doubles of ours': [
    'Run Command: the embedded SSM, which runs documents on hosts as the agent does, without an agent',
    'AWS::SSM::Document for CloudFormation',
    'the event of a push, from what the registry accepted',
    "a Distributed Map's Items and ItemSelector in JSONata, its children's context, a token's time-out and failure, what a Stop ends",
    'RedriveExecution: an execution and its children go on where they stood',
    "the name of a lambda's error",
  ],
};
