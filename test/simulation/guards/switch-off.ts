/**
 * With `--import`, before anything else is loaded: switches one guard off, named by SWITCHED_OFF, by replacing its
 * text while its source is read. No file is touched.
 *
 * The tests judge by a product that is whole: what they import of it is loaded a second time, uncut. Else
 * `isFinalHost`, switched off, would be switched off in the check that looks for it as well.
 */
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { guards } from './guards.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const WHOLE = '?whole';
const PRODUCT = ['core', 'aws'];

const name = process.env['SWITCHED_OFF'];
const guard = guards.find((one) => one.guard === name);
if (guard === undefined || !('cuts' in guard)) throw new Error(`there is no guard "${name}"`);
const { cuts } = guard;

function placeOf(url: string): string {
  return url.startsWith('file:') ? path.relative(ROOT, fileURLToPath(url)) : '';
}

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const { parentURL = '' } = context;
    const isAsked = placeOf(parentURL).startsWith('test/') || parentURL.endsWith(WHOLE);
    const isProduct = PRODUCT.some((folder) => placeOf(resolved.url).startsWith(`${folder}/`));
    return isAsked && isProduct ? { ...resolved, url: `${resolved.url}${WHOLE}` } : resolved;
  },
  load(url, context, next) {
    const loaded = next(url, context);
    const own = url.endsWith(WHOLE) ? [] : cuts.filter(({ file }) => file === placeOf(url));
    if (own.length === 0) return loaded;
    const source = own.reduce(
      (text, { find, put }) => replaceOnce(text, find, put),
      String(loaded.source),
    );
    return { ...loaded, source };
  },
});

function replaceOnce(text: string, find: string, put: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${name}: its text is there ${parts.length - 1} times`);
  return parts.join(put);
}
