import { describe, expect, it } from 'vitest';
import { readPolicyText } from '#core/policy-text.ts';
import { parseSettings } from '#core/settings.ts';

const SETTINGS = parseSettings({});
const WEB = 'id: web\nimage_pattern: shop/web:*\nfleet_id: production\n';

function flawsOf(text: string): [line: number, path: string, code: string][] {
  return readPolicyText(text, 'web', SETTINGS).flaws.map(({ line, path, code }) => [
    line,
    path,
    code,
  ]);
}

describe('readPolicyText', () => {
  it('gives the document as it was written, and the policy that it means', () => {
    const { read, flaws } = readPolicyText(WEB, 'web', SETTINGS);

    expect(flaws).toEqual([]);
    expect(read?.document).toEqual({
      id: 'web',
      image_pattern: 'shop/web:*',
      fleet_id: 'production',
    });
    expect(read?.policy.update_strategy).toBe('staged');
  });

  it.each([
    ['id', 1],
    ['staged_batches', 4],
    ['staged_batches.1', 6],
    ['staged_batches.9', 4],
    ['health_check.type', 9],
    ['health_check.port', 8],
    ['max_hosts', 1],
    ['id.deeper', 1],
  ])('knows where %s is written, or what is around it', (field, line) => {
    const text = `${WEB}staged_batches:\n  - 0.1\n  - 0.5\n  - 1\nhealth_check:\n  type: docker_health\n`;

    expect(readPolicyText(text, 'web', SETTINGS).read?.lineOf(field)).toBe(line);
  });

  it.each<[string, string, ReturnType<typeof flawsOf>]>([
    ['nothing', '# later\n', [[1, '', 'empty_file']]],
    ['two documents', `${WEB}---\n${WEB}`, [[4, '', 'second_document']]],
    ['a key twice', `${WEB}id: web\n`, [[4, '', 'key_twice']]],
    ['what is no YAML', `${WEB}\tid: web\n`, [[4, '', 'not_yaml']]],
    ['a text', 'web\n', [[1, '', 'wrong_type']]],
    [
      'anchors, aliases and tags',
      'id: &name web\nimage_pattern: *name\nfleet_id: !!str production\n',
      [
        [1, '', 'yaml_trap'],
        [2, '', 'yaml_trap'],
        [3, '', 'yaml_trap'],
      ],
    ],
    [
      'several mistakes at once',
      `${WEB}colour: red\nmax_hosts: 0\n`,
      [
        [5, 'max_hosts', 'too_small'],
        [4, 'colour', 'unknown_field'],
      ],
    ],
    [
      'a field of a later version',
      WEB.replace('shop/web:*', 'ghcr.io/acme/app:*'),
      [[2, 'image_pattern', 'not_yet_supported']],
    ],
    [
      "an id that is not the file's name",
      WEB.replace('web', 'shop'),
      [[1, 'id', 'id_not_file_name']],
    ],
  ])('says of %s where it is and what it is', (_, text, flaws) => {
    expect(flawsOf(text)).toEqual(flaws);
  });

  it('names what is nested too deep', () => {
    const { flaws } = readPolicyText(`a: ${'['.repeat(20_000)}`, 'web', SETTINGS);

    expect(flaws.map(({ message }) => message)).toEqual([
      'is nested more than 20 deep; write a policy as in policies/',
    ]);
  });

  it('keeps the mend apart from the message that it ends', () => {
    const [flaw] = readPolicyText(`${WEB}max_failure_rate: 1.5\n`, 'web', SETTINGS).flaws;

    expect(flaw).toEqual({
      path: 'max_failure_rate',
      value: 1.5,
      code: 'too_large',
      line: 4,
      message: 'max_failure_rate: 1.5 is more than 1; give a share between 0 and 1',
      mend: 'give a share between 0 and 1',
    });
  });
});
