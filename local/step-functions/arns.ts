/** The names that Step Functions gives to things, and the identifiers in them. */

export interface Place {
  readonly region: string;
  readonly accountId: string;
}

export function machineArn({ region, accountId }: Place, name: string): string {
  return `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
}

export function executionArn({ region, accountId }: Place, machine: string, name: string): string {
  return `arn:aws:states:${region}:${accountId}:execution:${machine}:${name}`;
}

/** `machine` is `<machine>/<label>`, as for the executions of the same Map Run. */
export function mapRunArn({ region, accountId }: Place, machine: string, id: string): string {
  return `arn:aws:states:${region}:${accountId}:mapRun:${machine}:${id}`;
}

/** Takes a function's name, partial ARN or ARN, as the Invoke API does. */
export function functionArn({ region, accountId }: Place, name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${accountId}:function:${name}`;
}

/** A version 4 UUID from the given source, so that a seeded run names everything the same. */
export function drawUuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  const variant = '89ab'.charAt(Math.floor(random() * 4));
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}
