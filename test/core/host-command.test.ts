import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatHostCommand,
  type HostAction,
  type HostCommand,
  parseHostCommand,
} from '#core/host-command.ts';
import { aHostCommand, V2 } from './fixtures.ts';

const REF = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/web@${V2}`;
const LINES = /^(?:[a-z]+=(?!-)[A-Za-z0-9._:/@+=-]*\n)+$/;

const seconds = fc.integer({ min: 0, max: 172_800 });
const count = fc.integer({ min: 0, max: 2_000_000_000 });
const port = fc.integer({ min: 1, max: 65_535 });
const flag = fc.constantFrom(0 as const, 1 as const);
const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:/@+=-]{0,40}$/);

const check = fc.oneof(
  fc.constantFrom(
    { health: 'none' as const },
    { health: 'container_running' as const },
    { health: 'docker_health' as const },
    { health: 'custom' as const },
  ),
  fc.record({ health: fc.constant('tcp' as const), hport: port }),
  fc.record({
    health: fc.constant('http' as const),
    hport: port,
    hpath: fc.stringMatching(/^\/[A-Za-z0-9._/-]{0,40}$/),
    hcode: fc.integer({ min: 100, max: 599 }),
    htls: fc.constantFrom(0 as const, 1 as const, 2 as const),
  }),
);
const timing = fc.record({
  retries: fc.integer({ min: 0, max: 100 }),
  interval: seconds,
  htimeout: seconds,
  grace: seconds,
  success: fc.integer({ min: 1, max: 100 }),
  stable: seconds,
});

/** Commands as they are made: each with what its action needs, and nothing else. */
function commands(owner: fc.Arbitrary<string> = word): fc.Arbitrary<HostCommand> {
  const common = {
    v: fc.constant(1 as const),
    owner,
    rollout: word,
    batch: fc.integer({ min: 0, max: 999 }),
    chunk: fc.integer({ min: 0, max: 99_999 }),
    gen: count,
    step: count,
    deadline: count,
    timeout: seconds,
    container: fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,40}$/),
    mode: fc.constantFrom('recreate' as const, 'compose' as const, 'command' as const),
  };
  const op = <A extends HostAction>(action: A) => fc.constant(action);
  const updated = { ...common, op: op('update'), ref: fc.constant(REF), auto: flag, check, timing };
  const mode = fc.constant('recreate' as const);
  const install = fc.base64String({ minLength: 4, maxLength: 900 });
  return fc.oneof(
    fc.record(updated),
    fc.record({ ...updated, mode, install }),
    fc.record({ ...common, op: op('restore'), undoes: count, check, timing }),
    fc.record({ ...common, op: op('probe'), check, timing }),
    fc.record({ ...common, op: op('status') }),
  );
}

describe('the text of a command', () => {
  it('is lines in a fixed order', () => {
    const text = formatHostCommand(
      aHostCommand({
        op: 'update',
        ref: REF,
        auto: 1,
        check: { health: 'http', hport: 8080, hpath: '/health', hcode: 200, htls: 0 },
      }),
    );

    expect(text).toBe(
      [
        'v=1',
        'op=update',
        'owner=longshore/shop-web/shop/web',
        'rollout=shop-web-abcdef-g1794600000',
        'batch=0',
        'chunk=0',
        'gen=1794600000',
        'step=1',
        'deadline=1794660000',
        'timeout=360',
        'container=web',
        'mode=recreate',
        `ref=${REF}`,
        'auto=1',
        'health=http',
        'hport=8080',
        'hpath=/health',
        'hcode=200',
        'htls=0',
        'retries=3',
        'interval=30',
        'htimeout=30',
        'grace=0',
        'success=2',
        'stable=10',
        '',
      ].join('\n'),
    );
  });

  it('has no line for what is not there', () => {
    const text = formatHostCommand(aHostCommand({ ref: undefined, undoes: undefined }));

    expect(text).toBe(formatHostCommand(aHostCommand()));
  });

  it('is read back as it was made', () => {
    const law = fc.property(commands(), (command) => {
      expect(parseHostCommand(formatHostCommand(command))).toEqual(command);
    });

    fc.assert(law);
  });

  it('never holds a character outside its alphabet, whatever a field holds', () => {
    const law = fc.property(commands(fc.string({ minLength: 1, unit: 'binary' })), (command) => {
      let text: string;
      try {
        text = formatHostCommand(command);
      } catch {
        return; // Refused, not sent.
      }

      expect(text).toMatch(LINES);
    });

    fc.assert(law);
  });

  it.each([
    'a b',
    'a;b',
    '$(id)',
    'a\nop=restore',
    "a'b",
    'a"b',
    'é',
    '-rf',
    'a\u0000',
    'a\n',
    '%41',
  ])('is refused before it is sent where a value is %j', (owner) => {
    expect(() => formatHostCommand(aHostCommand({ owner }))).toThrow(
      new RangeError('host command: owner holds a character outside [A-Za-z0-9._:/@+=-]'),
    );
  });

  it('fits into the payload’s 4,096 characters, or is refused', () => {
    const named = (length: number) =>
      aHostCommand({ op: 'update', auto: 1, ref: `${'a'.repeat(length)}@${V2}` });
    const rest = formatHostCommand(named(1)).length - 1;

    const full = formatHostCommand(named(3_072 - rest));

    expect(Buffer.from(full).toString('base64')).toHaveLength(4_096);
    expect(() => formatHostCommand(named(3_073 - rest))).toThrow(
      new RangeError('host command: 3073 characters do not fit in the payload'),
    );
  });

  it.each([
    { op: 'update' as const, fields: { auto: 1 as const }, field: 'ref' },
    { op: 'update' as const, fields: { ref: REF }, field: 'auto' },
    { op: 'restore' as const, fields: {}, field: 'undoes' },
  ])('is not made of a command to $op without $field', ({ op, fields, field }) => {
    expect(() => formatHostCommand(aHostCommand({ op, ...fields }))).toThrow(
      `${op} needs ${field}`,
    );
  });

  it('holds how to make the container, beside the image', () => {
    const update = { op: 'update' as const, ref: REF, auto: 0 as const };

    const text = formatHostCommand(aHostCommand({ ...update, install: 'eyJ9+/A=' }));

    expect(text).toContain(`auto=0\ninstall=eyJ9+/A=\nhealth=none\n`);
  });

  it.each([
    { what: 'a restore', fields: { op: 'restore' as const, undoes: 1 } },
    { what: 'a probe', fields: { op: 'probe' as const } },
    { what: 'another mode', fields: { mode: 'compose' as const } },
  ])('does not say to $what how to make a container', ({ fields }) => {
    const update = { op: 'update' as const, ref: REF, auto: 0 as const, install: 'e30=' };

    expect(() => formatHostCommand(aHostCommand({ ...update, ...fields }))).toThrow(
      'only an update in mode recreate takes install',
    );
  });

  it.each(['', '=', 'e30===', 'e3.0', 'e=30'])(
    'takes no install that is no base64: %j',
    (install) => {
      const command = aHostCommand({ op: 'update', ref: REF, auto: 0, install });

      expect(() => formatHostCommand(command)).toThrow();
    },
  );

  it.each(['update', 'probe', 'restore'] as const)('to %s names a check and its timing', (op) => {
    const {
      check: _check,
      timing: _timing,
      ...bare
    } = aHostCommand({
      op,
      ref: REF,
      auto: 0,
      undoes: 1,
    });

    expect(() => formatHostCommand(bare)).toThrow(`${op} needs check`);
    expect(() => formatHostCommand(bare)).toThrow(`${op} needs timing`);
  });

  it.each([
    { what: 'a tag instead of a digest', ref: 'registry.example.com/shop/web:v2' },
    { what: 'a short digest', ref: `registry.example.com/shop/web@${V2.slice(0, -1)}` },
    { what: 'a digest in upper case', ref: `shop/web@${V2.replaceAll('2', 'A')}` },
  ])('names an image by digest, not by $what', ({ ref }) => {
    expect(() => formatHostCommand(aHostCommand({ op: 'update', auto: 1, ref }))).toThrow();
  });
});

describe('a text that is not ours', () => {
  const text = formatHostCommand(aHostCommand());

  it('is no command where it was cut', () => {
    const law = fc.property(commands(), fc.nat(), (command, at) => {
      const whole = formatHostCommand(command);

      expect(parseHostCommand(whole.slice(0, at % whole.length))).toBeUndefined();
    });

    fc.assert(law);
  });

  it.each([
    { what: 'an unknown key', other: `${text}hook=rm\n` },
    { what: 'a key twice', other: `${text}op=probe\n` },
    { what: 'a key of the check twice', other: `${text}health=none\n` },
    { what: 'a line without =', other: `${text}stable\n` },
    { what: 'a line without a key', other: `${text}=1\n` },
    { what: 'an empty line', other: `${text}\n` },
    { what: 'a value outside the alphabet', other: text.replace('container=web', 'container=w;b') },
    { what: 'a text outside the alphabet', other: text.replace('owner=', 'owner=;') },
    { what: 'a text that looks like an option', other: text.replace('owner=', 'owner=-') },
    { what: 'an empty number', other: text.replace(/gen=\d+/, 'gen=') },
    { what: 'a number in another writing', other: text.replace('step=1', 'step=0x1') },
    { what: 'a number with a sign', other: text.replace('step=1', 'step=+1') },
    { what: 'a fraction', other: text.replace('step=1', 'step=1.0') },
    {
      what: 'a number too long to be exact',
      other: text.replace('step=1', `step=${'9'.repeat(16)}`),
    },
    { what: 'another version', other: text.replace('v=1', 'v=2') },
    { what: 'an unknown action', other: text.replace('op=probe', 'op=reboot') },
    { what: 'a key that every object has', other: `${text}constructor=1\n` },
    { what: 'nothing', other: '' },
  ])('is no command: $what', ({ other }) => {
    expect(other).not.toBe(text);
    expect(parseHostCommand(other)).toBeUndefined();
  });
});
