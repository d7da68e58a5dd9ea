/** A policy that is taken can be sent: the longest commands that there are, at the edge of what a policy may hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeHostCommand } from '#core/chunk-command.ts';
import { formatHostCommand, parseHostCommand } from '#core/host-command.ts';
import { type Policy, parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { checkStackName } from '#lib/names.ts';
import { aChunk, aCommand, aRollout, aSeed, V2 } from './fixtures.ts';

const STACK = 's'.repeat(40);
const ECR_HOST = 'r'.repeat(64);
const LONGEST_NUMBER = 999_999_999_999_999;

const ORDINARY = { id: 'shop-web', image_pattern: 'shop/web:*', fleet_id: 'production' };
/** Owner and container (the repository's last part) have all the characters that a host takes. */
const LONGEST = {
  id: 'p'.repeat(40),
  image_pattern: `${'r'.repeat(127)}/${'r'.repeat(128)}:*`,
  all_hosts: true,
  health_check: {
    type: 'http',
    endpoint: `https://localhost:65535/${'p'.repeat(200)}`,
    verify_tls: false,
    timeout_seconds: 600,
    retry_count: 5,
    interval_seconds: 600,
  },
  health_check_timeout_seconds: 7_200,
};

function policyOf(document: Record<string, unknown>, registryHost?: string): Policy | undefined {
  const settings = parseSettings(registryHost === undefined ? {} : { registry_host: registryHost });
  const parsed = parsePolicy(document, settings);
  return parsed.ok ? parsed.policy : undefined;
}

/** The update of this policy, with all else as long as it can be. */
function longestCommand(settings: Policy, registryHost: string) {
  const repository = settings.image_pattern.split(':')[0] ?? '';
  const rollout = aRollout({
    rollout: 'r'.repeat(80),
    policy: settings.id,
    repository,
    generation: LONGEST_NUMBER,
    image: { registry: '', repository, tag: 't'.repeat(300), digest: V2 },
    settings,
    pace: { ...aSeed().pace, update_timeout_seconds: 165_600 },
  });
  const command = aCommand({
    generation: LONGEST_NUMBER,
    step: LONGEST_NUMBER,
    deadline_at_ms: LONGEST_NUMBER * 1_000,
  });
  const chunk = aChunk({ batch: 999, chunk: 99_999 });
  return makeHostCommand(rollout, chunk, command, { stack: STACK, registryHost });
}

/** The most of something that a policy may hold. */
function mostOf(fits: (count: number) => boolean): number {
  let count = 0;
  while (fits(count + 1)) count += 1;
  return count;
}

describe('the longest run that a policy may hold', () => {
  it.each([
    { what: 'an ordinary policy', document: ORDINARY, registryHost: undefined },
    { what: 'the longest policy', document: LONGEST, registryHost: undefined },
    {
      what: 'a registry with a long name',
      document: ORDINARY,
      registryHost: `${'r'.repeat(200)}.example.com:5000`,
    },
  ])('fits into a payload: $what', ({ document, registryHost }) => {
    const environment = (count: number) => ({ run: { environment: { A: 'a'.repeat(count) } } });
    const most = mostOf(
      (count) => policyOf({ ...document, ...environment(count) }, registryHost) !== undefined,
    );
    const settings = policyOf({ ...document, ...environment(most) }, registryHost);
    if (settings === undefined) throw new Error('this one fits');

    const made = longestCommand(settings, registryHost ?? ECR_HOST);

    const text = formatHostCommand(made);
    expect(Buffer.from(text).toString('base64').length).toBeLessThanOrEqual(4_096);
    expect(parseHostCommand(text)).toEqual(made);
    expect(most).toBeGreaterThan(300);
  });

  it('is no shorter than it must be', () => {
    const run = (count: number) => ({ run: { environment: { A: 'a'.repeat(count) } } });
    const most = mostOf((count) => policyOf({ ...LONGEST, ...run(count) }) !== undefined);
    const settings = policyOf({ ...LONGEST, ...run(most) });
    if (settings === undefined) throw new Error('this one fits');

    const made = longestCommand(settings, ECR_HOST);

    expect(made).toMatchObject({ owner: expect.stringMatching(/^.{338}$/), timeout: 172_800 });
    // Base64 comes in fours.
    expect(formatHostCommand(made).length).toBeGreaterThan(3_072 - 4);
  });

  it('fits whatever it is made of', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 120 });
    const run = fc.record(
      {
        ports: fc.uniqueArray(
          fc.integer({ min: 1, max: 65_535 }).map((port) => `[::ffff:1]:${port}:${port}/sctp`),
          { maxLength: 20 },
        ),
        environment: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,40}$/), text, { maxKeys: 20 }),
        volumes: fc.uniqueArray(
          fc.stringMatching(/^[a-z]{1,60}$/).map((name) => `/srv/${name}:/${name}:ro`),
          { maxLength: 20 },
        ),
        command: fc.array(text, { minLength: 1, maxLength: 20 }),
      },
      { requiredKeys: [] },
    );
    const taken = { count: 0 };
    const law = fc.property(run, fc.constantFrom(ORDINARY, LONGEST), (given, document) => {
      const settings = policyOf({ ...document, run: given });
      if (settings === undefined) return; // Refused when it was saved.
      taken.count += 1;

      expect(() => formatHostCommand(longestCommand(settings, ECR_HOST))).not.toThrow();
    });

    fc.assert(law, { numRuns: 500 });

    expect(taken.count).toBeGreaterThan(50);
  });

  it('reckons with the longest name of a stack', () => {
    expect(() => checkStackName(STACK)).not.toThrow();
    expect(() => checkStackName(`${STACK}s`)).toThrow();
  });
});
