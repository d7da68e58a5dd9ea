/**
 * One thing, one name, several spellings: `judge-batch` is the lambda's file, `JudgeBatch` its construct,
 * `${JudgeBatchFunctionArn}` its placeholder in a state machine, `<stack>-judge-batch` its function.
 *
 * Every physical name begins with the stack's name, so that two stacks live side by side in one account.
 * Roles have none: an IAM name is one for all regions, and CloudFormation's own carries the stack's name.
 */

/** A Lambda name takes 64 characters; the longest of ours adds 21 to the stack's. */
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;

export function checkStackName(name: string): void {
  if (!STACK_NAME.test(name)) {
    throw new Error(
      `stack name ${JSON.stringify(name)}: give a letter, then at most 39 letters, digits or hyphens`,
    );
  }
}

/** `judge-batch` → `JudgeBatch` */
export function toPascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `JudgeBatch` → `judge-batch` */
export function toKebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at: number) => (at > 0 ? '-' : '') + letter.toLowerCase());
}
