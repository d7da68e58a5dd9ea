import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startCloud } from '#test/cloud/start-cloud.ts';
import { run } from './rig.ts';

it('the README shows a picture that watch has drawn', () => {
  const [readme, recording] = ['README.md', 'docs/watch.txt'].map((file) =>
    readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
  );
  const [, shown = ''] = /```\n(shop-web #1 [^`]*)```/.exec(readme ?? '') ?? [];

  expect(shown).toContain('paused');
  expect(recording).toContain(shown);
});

it('the README shows what `policy plan` says of a policy such as shop-web.yaml', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, shown = ''] = /```\n(Image {5}[^`]*)```/.exec(readme) ?? [];
  const { cloud } = await startCloud({ startMs: Date.UTC(2026, 10, 14, 12) });

  const { out } = await run('policy plan policies/shop-web.yaml --image shop/web:v2', { cloud });

  const said = out.split('\n');
  const lines = shown.split('\n').filter((line) => line !== '');
  expect(lines.length).toBeGreaterThan(5);
  expect(said.filter((line) => lines.includes(line))).toEqual(lines);
});
