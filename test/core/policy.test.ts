import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerFor, Policy, PolicyDocument, parsePolicy } from '#core/policy.ts';
import { POLICY_MENDS } from '#core/policy-mends.ts';
import { PROBLEM_CODES } from '#core/problem.ts';
import { parseSettings } from '#core/settings.ts';
import { BASE } from './policy-boundaries/boundary.ts';
import { CHECKS_AND_TIMES } from './policy-boundaries/checks-and-times.ts';
import { FILES } from './policy-boundaries/files.ts';
import { FIRST_INSTALL } from './policy-boundaries/first-install.ts';
import { HOSTS_AND_BATCHES } from './policy-boundaries/hosts-and-batches.ts';
import { IMAGES } from './policy-boundaries/images.ts';
import { WINDOWS_AND_FREEZES } from './policy-boundaries/windows-and-freezes.ts';
import { listPolicyFields } from './policy-fields.ts';

const SETTINGS = parseSettings({});
const BOUNDARIES = [
  ...IMAGES,
  ...FIRST_INSTALL,
  ...HOSTS_AND_BATCHES,
  ...CHECKS_AND_TIMES,
  ...WINDOWS_AND_FREEZES,
];

function problemsOf(document: unknown) {
  const parsed = parsePolicy(document, SETTINGS);
  return parsed.ok ? [] : parsed.problems;
}

function policyOf(document: Record<string, unknown>, settings = SETTINGS): Policy {
  const parsed = parsePolicy({ ...BASE, ...document }, settings);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

describe('parsePolicy at the edge of each rule', () => {
  it.each(BOUNDARIES)('$path $code: $message', ({ code, path, inside, outside, message }) => {
    const right = problemsOf({ ...BASE, ...inside });
    const wrong = problemsOf({ ...BASE, ...outside });

    expect(right).toEqual([]);
    expect(wrong).toMatchObject([{ path, code, message }]);
  });

  it('has a case for every code', () => {
    const shown = new Set<string>([...BOUNDARIES, ...FILES].map(({ code }) => code));

    expect(PROBLEM_CODES.filter((code) => !shown.has(code))).toEqual([]);
  });
});

describe('parsePolicy on what is no policy', () => {
  it.each([
    [undefined, 'is not a mapping of fields to values; write a policy as in policies/'],
    [null, 'null is not a mapping of fields to values; write a policy as in policies/'],
    ['id: a', '"id: a" is not a mapping of fields to values; write a policy as in policies/'],
    [[BASE], 'a list of 1 is not a mapping of fields to values; write a policy as in policies/'],
  ])('refuses %j', (document, message) => {
    expect(problemsOf(document)).toMatchObject([{ path: '', code: 'wrong_type', message }]);
  });

  it('takes 64 KB and not one character more', () => {
    // Three fields of BASE, the list and its one text, and the mapping itself: one for each value.
    const size = JSON.stringify(BASE).replaceAll(/["{},:]/g, '').length;
    const [fits, isTooBig] = [0, 1].map((extra) => problemsOf({ ...BASE, ...padding(extra) }));

    function padding(extra: number) {
      return { device_tags: ['x'.repeat(65_536 - size - 'device_tags'.length - 7 + extra)] };
    }

    expect(fits).toMatchObject([{ code: 'malformed' }]);
    expect(isTooBig).toMatchObject([
      { code: 'too_big', message: 'a mapping has more than 64 KB; part it into several' },
    ]);
  });

  it('refuses a document that contains itself', () => {
    const document: Record<string, unknown> = { ...BASE };
    document['freezes'] = [document];

    expect(problemsOf(document)).toMatchObject([{ code: 'too_big' }]);
  });

  it('never throws, whatever it is given', () => {
    const fields = fc.constantFrom(...Object.keys(PolicyDocument.shape));

    fc.assert(
      fc.property(fc.dictionary(fields, fc.anything()), (document) => {
        expect(typeof parsePolicy({ ...BASE, ...document }, SETTINGS).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});

describe('parsePolicy on several mistakes', () => {
  it('names all of them at once, those between fields too', () => {
    const problems = problemsOf({
      ...BASE,
      max_failure_rate: 2,
      container: 'web',
      image_pattern: 'shop/*',
      update_strategy: 'auto',
      batch_delay_minutes: 5,
      colour: 'red',
    });

    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      ['max_failure_rate', 'too_large'],
      ['colour', 'unknown_field'],
      ['container', 'container_with_glob'],
      ['batch_delay_minutes', 'auto_with_delay'],
    ]);
  });

  it('says nothing about a rule whose fields are faulty', () => {
    const problems = problemsOf({ ...BASE, fleet_id: '*', image_pattern: '**', container: 'web' });

    expect(problems.map(({ path }) => path)).toEqual(['image_pattern', 'fleet_id']);
  });

  it('stops at a hundred', () => {
    expect(problemsOf({ ...BASE, hosts: Array.from({ length: 500 }, () => 'x') })).toHaveLength(
      100,
    );
  });

  it('shows no value of an unknown field, and no list or mapping', () => {
    const problems = problemsOf({ ...BASE, password: 'hunter2', fleet_id: { secret: 'hunter2' } });

    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('shows no value of an environment', () => {
    const environment = { DB_PASSWORD: 'hunter2', 'A-B': 'hunter2', PIN: 22, C: '\u0000hunter2' };
    const problems = problemsOf({ ...BASE, run: { environment } });
    const whole = problemsOf({ ...BASE, run: { environment: 'hunter2' } });

    expect(problems).toHaveLength(4);
    expect(whole).toHaveLength(1);
    expect(JSON.stringify([...problems, ...whole])).not.toMatch(/hunter2|22/);
  });

  it('keeps the name of a field on one short line', () => {
    const [problem] = problemsOf({ ...BASE, [`a\nb${'c'.repeat(100)}`]: 1 });

    expect(problem?.path).toBe(`a?b${'c'.repeat(77)}`);
  });
});

describe('parsePolicy on a right document', () => {
  it('fills in every default', () => {
    expect(policyOf({})).toEqual({
      ...BASE,
      runtime: 'recreate',
      device_tags: [],
      hosts: [],
      all_hosts: false,
      tag_choice: { type: 'newest-push', ignore: [], minimum_age_minutes: 0 },
      update_strategy: 'staged',
      staged_batches: [0.1, 0.5, 1],
      batch_delay_minutes: 30,
      first_batch: [],
      spread: 'none',
      health_check_enabled: true,
      health_check: {
        type: 'container_running',
        timeout_seconds: 30,
        retry_count: 3,
        interval_seconds: 30,
      },
      health_check_timeout_seconds: 300,
      soak_seconds: 0,
      max_failure_rate: 0.2,
      max_consecutive_failures: 3,
      max_unknown_rate: 0.2,
      auto_rollback: true,
      on_threshold: 'hold',
      rollback_timeout_seconds: 600,
      on_newer: 'supersede',
      on_create: 'record',
      freezes: [],
      approval: { expires_after_hours: 24, requester_may_approve: false },
      notifications: [],
    });
  });

  it("takes defaults from the stack's settings, unless the policy has its own", () => {
    const settings = parseSettings({
      MAX_FAILURE_RATE: 0.4,
      MAX_CONSECUTIVE_FAILURES: 7,
      MAX_UNKNOWN_RATE: 0.3,
      AUTO_ROLLBACK: false,
      ROLLBACK_TIMEOUT: 60,
    });

    expect(policyOf({ max_unknown_rate: 0 }, settings)).toMatchObject({
      max_failure_rate: 0.4,
      max_consecutive_failures: 7,
      max_unknown_rate: 0,
      auto_rollback: false,
      rollback_timeout_seconds: 60,
    });
  });

  it.each([
    [{ staged_batches: 2 }, [0.1, 1]],
    [{ staged_batches: 1 }, [1]],
    [{ staged_batches: ['1 host', '100%'] }, ['1 host', '100%']],
    [{ update_strategy: 'auto' }, [1]],
    [{ update_strategy: 'auto', staged_batches: ['100%'] }, [1]],
    [{ update_strategy: 'manual' }, [0.1, 0.5, 1]],
  ])('makes %j the batches %j', (document, batches) => {
    expect(policyOf(document).staged_batches).toEqual(batches);
  });

  it('gives auto no delay', () => {
    expect(policyOf({ update_strategy: 'auto' }).batch_delay_minutes).toBe(0);
    expect(policyOf({ batch_delay_minutes: 5 }).batch_delay_minutes).toBe(5);
  });

  it("keeps a pattern of the stack's own host without the host", () => {
    const settings = parseSettings({ registry_host: 'own.example.com' });
    const of = (image_pattern: string) => policyOf({ image_pattern }, settings).image_pattern;

    expect(of('own.example.com/shop/web:*')).toBe('shop/web:*');
    expect(of('own.example.com/ghcr.io/acme:*')).toBe('/ghcr.io/acme:*');
    expect(of('ghcr.io/acme:*')).toBe('ghcr.io/acme:*');
  });

  it('knows no way to run a container where it says none', () => {
    expect(policyOf({})).not.toHaveProperty('run');
    expect(policyOf({ run: {} }).run).toEqual({
      ports: [],
      environment: {},
      volumes: [],
      restart: 'unless-stopped',
      network: 'bridge',
    });
  });

  it.each(BOUNDARIES)('is a document that means the same: $path $code', ({ inside }) => {
    const policy = policyOf(inside);

    expect(parsePolicy(policy, parseSettings({ MAX_FAILURE_RATE: 1 }))).toEqual({
      ok: true,
      policy,
    });
    expect(Policy.parse(JSON.parse(JSON.stringify(policy)))).toEqual(policy);
  });
});

describe('the mends', () => {
  it('are there for every field of the document, and for nothing else', () => {
    const names = new Set(['', 'staged_batches.*', ...listPolicyFields().map(({ name }) => name)]);

    expect(Object.keys(POLICY_MENDS).sort()).toEqual([...names].sort());
  });
});

describe('containerFor', () => {
  it.each([
    ['api', 'shop/web', 'api'],
    [undefined, 'shop/web', 'web'],
    [undefined, 'web', 'web'],
    [undefined, 'ghcr.io/acme/app', 'app'],
  ])('%s on %s is %s', (container, repository, name) => {
    expect(containerFor(container === undefined ? {} : { container }, repository)).toBe(name);
  });
});
