import { describe, expect, it } from 'vitest';
import { consoleLink, placeOf } from '#core/console-link.ts';

const execution = (partition: string, region: string) =>
  `arn:${partition}:states:${region}:111122223333:execution:Longshore-rollout:web-1-r1`;

describe('a link', () => {
  it.each([
    ['aws', 'eu-west-1', 'eu-west-1.console.aws.amazon.com'],
    ['aws-cn', 'cn-north-1', 'cn-north-1.console.amazonaws.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'console.amazonaws-us-gov.com'],
  ])('to an execution in %s, %s, is at %s', (partition, region, host) => {
    const arn = execution(partition, region);

    expect(consoleLink('execution', arn)).toBe(
      `https://${host}/states/home?region=${region}#/v2/executions/details/${arn}`,
    );
  });

  it('to a machine is another page', () => {
    const { controlArn: arn } = placeOf(execution('aws', 'eu-west-1'));

    expect(consoleLink('machine', arn)).toBe(
      `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/${arn}`,
    );
  });

  it.each([execution('aws-iso', 'us-iso-east-1'), 'nothing'])('is the ARN itself: %s', (arn) => {
    expect(consoleLink('execution', arn)).toBe(arn);
  });
});

it.each(['Longshore', 'my-rollout-rollout'])('knows where stack %s is', (stack) => {
  const place = 'aws:states:eu-west-1:111122223333';

  expect(placeOf(`arn:${place}:execution:${stack}-rollout:web-1-r1`)).toEqual({
    stack,
    region: 'eu-west-1',
    account: '111122223333',
    controlArn: `arn:${place}:stateMachine:${stack}-control`,
  });
});
