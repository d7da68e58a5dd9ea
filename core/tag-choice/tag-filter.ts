/**
 * Keeps the tags that a regular expression meets, and takes the part of them that is compared:
 *
 *   pattern ^main-[a-f0-9]+-(?<ts>\d+)$  extract $ts        main-abc1234-1700000000 → 1700000000
 *   pattern ^(\d{4})\.(\d\d)$            extract $1.$2.0    2026.11 → 2026.11.0
 *
 * `$name`, `${name}` and `$1` name a group. Without `extract` the whole tag is compared. The expression
 * is searched in the tag; `^` and `$` tie it to the ends.
 */
import * as z from 'zod';
import { addFlaw } from '#core/problem.ts';
import { compileExpression } from './compile-expression.ts';

const GROUP = /\$\{?(\w+)\}?/g;

export const TagPattern = z
  .string()
  .min(1)
  .max(200, { abort: true })
  .superRefine((text, context) => {
    const compiled = compileExpression(text);
    if (!compiled.ok) addFlaw(context, { code: 'expression_refused', what: compiled.flaw });
  });

export const TagFilter = z
  .strictObject({ pattern: TagPattern, extract: z.string().min(1).max(200).optional() })
  .superRefine(({ pattern, extract }, context) => {
    const compiled = compileExpression(pattern);
    if (!compiled.ok || extract === undefined) return;
    const { groups } = compiled.expression;
    const names = Array.from(extract.matchAll(GROUP), ([, name]) => String(name));
    const unknown = names.find((name) => !groups.has(name));
    if (unknown === undefined) return;
    const what = `names the group ${unknown}, which the pattern does not have`;
    addFlaw(context, { code: 'extract_unknown_group', what, path: ['extract'] });
  });
export type TagFilter = z.infer<typeof TagFilter>;

/** What is compared of a tag; undefined for a tag that the filter does not meet. */
export function compileFilter(filter: TagFilter | undefined): (tag: string) => string | undefined {
  if (filter === undefined) return (tag) => tag;
  const { pattern, extract } = filter;
  const compiled = compileExpression(pattern);
  // The schema has refused such a pattern: it meets nothing.
  if (!compiled.ok) return () => undefined;
  return (tag) => {
    const group = compiled.expression.match(tag);
    if (group === undefined || extract === undefined) return group && tag;
    return extract.replaceAll(GROUP, (_whole, name: string) => group(name));
  };
}
