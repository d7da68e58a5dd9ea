/** EC2 over the wire: DescribeInstances by a filter of ids, and of an instance no more than its zone. */
import * as z from 'zod';
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';
import { parseInput } from '../service-input.ts';

/** A filter takes at most 200 values. */
const MAX_VALUES = 200;

const DescribeInstances = z.strictObject({
  Action: z.string(),
  Version: z.literal('2016-11-15'),
  Filter: z
    .array(z.strictObject({ Name: z.literal('instance-id'), Value: z.array(z.string()).min(1) }))
    .length(1),
  MaxResults: z.coerce.number().int().min(5).max(1000).default(1000),
  NextToken: z
    .string()
    .regex(/^after-\d+$/)
    .optional(),
});

export interface Ec2Options {
  region: string;
  /** The letter of an instance's zone; undefined for an instance that EC2 does not know. */
  zoneOf: (instanceId: string) => string | undefined;
}

export class Ec2 implements Service {
  readonly #options: Ec2Options;

  constructor(options: Ec2Options) {
    this.#options = options;
  }

  async apply(action: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (action !== 'DescribeInstances') throw new ServiceError('InvalidAction', `EC2: ${action}`);
    const { Filter, MaxResults, NextToken } = parseInput(
      DescribeInstances,
      input,
      'InvalidParameterValue',
    );
    const ids = Filter.flatMap(({ Value }) => Value);
    if (ids.length > MAX_VALUES) {
      throw new ServiceError('FilterLimitExceeded', `a filter has at most ${MAX_VALUES} values`);
    }
    const known = ids.flatMap((id) => this.#view(id) ?? []);
    const from = Number(NextToken?.slice('after-'.length) ?? 0);
    const until = from + MaxResults;
    return {
      // Instances that were launched one by one: each has a reservation of its own.
      reservationSet: known.slice(from, until).map((instance) => ({ instancesSet: [instance] })),
      ...(until < known.length && { nextToken: `after-${until}` }),
    };
  }

  #view(instanceId: string): Record<string, unknown> | undefined {
    const { region, zoneOf } = this.#options;
    const letter = zoneOf(instanceId);
    if (letter === undefined) return undefined;
    const placement = { availabilityZone: `${region}${letter}`, tenancy: 'default' };
    return { instanceId, instanceState: { code: 16, name: 'running' }, placement };
  }
}
