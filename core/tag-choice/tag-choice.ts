/**
 * Which tag of a policy's images wins. One file beside this for each type. There is no choice of
 * direction: the highest wins, by whatever is compared.
 */
import validRange from 'semver/ranges/valid.js';
import * as z from 'zod';
import { isTagGlob } from '#core/image-pattern.ts';
import { isTag } from '#core/image-reference.ts';
import { addFlaw } from '#core/problem.ts';
import { isSatisfiable } from './semver.ts';
import { TagFilter, TagPattern } from './tag-filter.ts';

/** At most a year. */
const MinimumAge = z.int().min(0).max(525_600).default(0);

/** A tag, or a glob: `nightly-*`. */
const IgnoredTag = z.string().superRefine((text, context) => {
  if (!isTagGlob(text))
    addFlaw(context, { code: 'malformed', what: 'is neither a tag nor a glob' });
});

const SemverRange = z
  .string()
  .min(1)
  .max(200, { abort: true })
  .superRefine((text, context) => {
    if (validRange(text) === null) {
      addFlaw(context, { code: 'range_malformed', what: 'is not a range of versions' });
    }
  });

const common = {
  ignore: z.array(IgnoredTag).max(50).default([]),
  minimum_age_minutes: MinimumAge,
};

export const TagChoice = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('semver'),
      range: SemverRange.default('*'),
      prereleases: z.boolean().default(false),
      filter: TagFilter.optional(),
      ...common,
    })
    .superRefine(({ range, prereleases }, context) => {
      // What is no range has been said.
      if (validRange(range) === null || isSatisfiable(range, prereleases)) return;
      const what = isSatisfiable(range, true)
        ? 'admits pre-releases alone, which are not asked for'
        : 'admits no version at all';
      addFlaw(context, { code: 'range_unsatisfiable', what, path: ['range'] });
    }),
  z.strictObject({ type: z.literal('alphabetical'), filter: TagFilter.optional(), ...common }),
  z.strictObject({ type: z.literal('numerical'), filter: TagFilter.optional(), ...common }),
  // Pushes are compared by their time: there is nothing to extract.
  z.strictObject({
    type: z.literal('newest-push'),
    filter: z.strictObject({ pattern: TagPattern }).optional(),
    ...common,
  }),
  // One tag is followed wherever it points: there is nothing to filter.
  z.strictObject({
    type: z.literal('digest'),
    tag: z.string().superRefine((text, context) => {
      if (!isTag(text)) addFlaw(context, { code: 'malformed', what: 'is not a tag' });
    }),
    minimum_age_minutes: MinimumAge,
  }),
]);
export type TagChoice = z.infer<typeof TagChoice>;
