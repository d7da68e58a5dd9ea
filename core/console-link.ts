/** What an execution's ARN says: the stack it is of, and links into the console of its partition and region. */

/** `null`: this partition's consoles are known to nobody here, and the ARN itself has to do. */
function consoleHost(partition: string, region: string): string | null {
  switch (partition) {
    case 'aws':
      return `${region}.console.aws.amazon.com`;
    case 'aws-cn':
      return `${region}.console.amazonaws.cn`;
    case 'aws-us-gov':
      return 'console.amazonaws-us-gov.com';
    default:
      return null;
  }
}

const PAGES = { execution: 'v2/executions/details', machine: 'statemachines/view' } as const;

/** Where a person sees an execution, or starts one of a machine. */
export function consoleLink(page: keyof typeof PAGES, arn: string): string {
  const [, partition = '', , region = ''] = arn.split(':');
  const host = consoleHost(partition, region);
  return host === null
    ? arn
    : `https://${host}/states/home?region=${region}#/${PAGES[page]}/${arn}`;
}

export interface StackPlace {
  stack: string;
  region: string;
  account: string;
  /** Of its control machine. */
  controlArn: string;
}

/** The stack that an execution of its rollout machine belongs to. */
export function placeOf(executionArn: string): StackPlace {
  const [arn, partition, service, region = '', account = '', , machine = ''] =
    executionArn.split(':');
  const stack = machine.replace(/-rollout$/, '');
  const place = [arn, partition, service, region, account].join(':');
  return { stack, region, account, controlArn: `${place}:stateMachine:${stack}-control` };
}
