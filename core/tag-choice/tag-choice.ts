/**
 * Which tag of a policy's images wins. One file beside this for each type that can be used.
 *
 * `alphabetical` and `numerical` are part of the document but not yet of the product
 * (unsupported-fields.ts refuses them).
 */
import semver from 'semver';
import * as z from 'zod';
import { isTagGlob } from '#core/image-pattern.ts';
import { isTag } from '#core/image-reference.ts';
import { addFlaw } from '#core/problem.ts';
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
    if (semver.validRange(text) === null) {
      addFlaw(context, { code: 'range_malformed', what: 'is not a range of versions' });
    } else if (semver.minVersion(text) === null) {
      addFlaw(context, { code: 'range_unsatisfiable', what: 'admits no version at all' });
    }
  });

const common = {
  ignore: z.array(IgnoredTag).max(50).default([]),
  minimum_age_minutes: MinimumAge,
};

export const TagChoice = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('semver'),
    range: SemverRange.default('*'),
    prereleases: z.boolean().default(false),
    filter: TagFilter.optional(),
    ...common,
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
