/** What a policy is called, which images concern it, and which tag wins. */
import { type Boundary, MALFORMED, row } from './boundary.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const list = <T>(count: number, entry: T) => Array.from({ length: count }, () => entry);
const filter = (pattern: string, extract?: string) => ({
  tag_choice: {
    type: 'semver',
    filter: extract === undefined ? { pattern } : { pattern, extract },
  },
});
const ID = 'use 1 to 40 lower-case letters, digits and hyphens';
const PATTERN =
  'write [registry/]repository[:tag] of at most 512 characters, with * for any characters within one part';
const CONTAINER =
  'give a name that Docker takes, of 2 to 63 letters, digits, dots, hyphens and underscores';
const EXPRESSION =
  'give a regular expression of RE2, of at most 200 characters, without lookaround and backreferences';
const TYPES = 'give semver, alphabetical, numerical, newest-push or digest';
const RANGE = 'give a range such as ">=1.0.0" or "^2.1", of at most 200 characters';

export const IMAGES: readonly Boundary[] = [
  row('missing', 'id', {}, { id: undefined }, `is missing; ${ID}`),
  row(
    'malformed',
    'id',
    { id: 'a'.repeat(40) },
    { id: 'a'.repeat(41) },
    `"${'a'.repeat(41)}" ${MALFORMED}; ${ID}`,
  ),
  row('malformed', 'id', { id: 'a' }, { id: '' }, `"" ${MALFORMED}; ${ID}`),
  row('malformed', 'id', { id: 'web-2' }, { id: 'Web-2' }, `"Web-2" ${MALFORMED}; ${ID}`),
  row('wrong_type', 'id', { id: '7' }, { id: 7 }, `7 is not text; ${ID}`),
  row('missing', 'image_pattern', {}, { image_pattern: undefined }, `is missing; ${PATTERN}`),
  row(
    'malformed',
    'image_pattern',
    { image_pattern: 'shop/*' },
    { image_pattern: 'shop/**' },
    `"shop/**" ${MALFORMED}; ${PATTERN}`,
  ),
  row(
    'too_long',
    'image_pattern',
    { image_pattern: `${'a/'.repeat(254)}a*:v` },
    { image_pattern: `${'a/'.repeat(254)}aa*:v` },
    `"${'a/'.repeat(40)}…" has more than 512 characters; ${PATTERN}`,
  ),
  row(
    'malformed',
    'container',
    { container: 'w'.repeat(63) },
    { container: 'w'.repeat(64) },
    `"${'w'.repeat(64)}" ${MALFORMED}; ${CONTAINER}`,
  ),
  row(
    'malformed',
    'container',
    { container: 'w1' },
    { container: 'w' },
    `"w" ${MALFORMED}; ${CONTAINER}`,
  ),
  row(
    'container_with_glob',
    'container',
    { image_pattern: 'shop/*', container: undefined },
    { image_pattern: 'shop/*', container: 'web' },
    '"web" cannot be the container of every repository of shop/*; remove it: each container is named as the last part of its repository',
  ),
  row(
    'not_one_of',
    'runtime',
    { runtime: 'compose' },
    { runtime: 'swarm' },
    '"swarm" is not one of recreate, compose, command; leave it out for recreate',
  ),
  row(
    'not_one_of',
    'tag_choice.type',
    { tag_choice: { type: 'newest-push' } },
    { tag_choice: { type: 'newest' } },
    `"newest" is not one of semver, alphabetical, numerical, newest-push, digest; ${TYPES}`,
  ),
  row(
    'missing',
    'tag_choice.type',
    { tag_choice: { type: 'semver' } },
    { tag_choice: {} },
    `is missing; ${TYPES}`,
  ),
  row(
    'range_malformed',
    'tag_choice.range',
    { tag_choice: { type: 'semver', range: '^1.2' } },
    { tag_choice: { type: 'semver', range: '^1.2.x.y' } },
    `"^1.2.x.y" is not a range of versions; ${RANGE}`,
  ),
  row(
    'range_unsatisfiable',
    'tag_choice.range',
    { tag_choice: { type: 'semver', range: '>=2.0.0 <=2.0.0' } },
    { tag_choice: { type: 'semver', range: '>2.0.0 <2.0.0' } },
    `">2.0.0 <2.0.0" admits no version at all; ${RANGE}`,
  ),
  row(
    'range_unsatisfiable',
    'tag_choice.range',
    { tag_choice: { type: 'semver', range: '>1.2.3 <1.2.4', prereleases: true } },
    { tag_choice: { type: 'semver', range: '>1.2.3 <1.2.4' } },
    `">1.2.3 <1.2.4" admits pre-releases alone, which are not asked for; ${RANGE}`,
  ),
  row(
    'range_unsatisfiable',
    'tag_choice.range',
    { tag_choice: { type: 'semver', range: '<=0.0.0-0', prereleases: true } },
    { tag_choice: { type: 'semver', range: '<0.0.0-0', prereleases: true } },
    `"<0.0.0-0" admits no version at all; ${RANGE}`,
  ),
  row(
    'range_malformed',
    'tag_choice.range',
    { tag_choice: { type: 'semver', range: '>0 <2.0' } },
    { tag_choice: { type: 'semver', range: '>0,<2.0' } },
    `">0,<2.0" is not a range of versions; ${RANGE}`,
  ),
  row(
    'too_long',
    'tag_choice.range',
    { tag_choice: { type: 'semver', range: `${'1 '.repeat(99)}1 ` } },
    { tag_choice: { type: 'semver', range: `${'1 '.repeat(99)}1  ` } },
    `"${'1 '.repeat(40)}…" has more than 200 characters; ${RANGE}`,
  ),
  row(
    'tag_outside_pattern',
    'tag_choice.tag',
    { image_pattern: 'shop/web:m*', tag_choice: { type: 'digest', tag: 'main' } },
    { image_pattern: 'shop/web:v*', tag_choice: { type: 'digest', tag: 'main' } },
    '"main" is not one of the tags of shop/web:v*; name one tag of the image pattern, such as latest',
  ),
  row(
    'malformed',
    'tag_choice.tag',
    { tag_choice: { type: 'digest', tag: 'main' } },
    { tag_choice: { type: 'digest', tag: 'm*' } },
    '"m*" is not a tag; name one tag of the image pattern, such as latest',
  ),
  row(
    'unknown_field',
    'tag_choice.range',
    { tag_choice: { type: 'semver', range: '1' } },
    { tag_choice: { type: 'newest-push', range: '1' } },
    'is not a known field; remove it: this type does not take it',
  ),
  row(
    'unknown_field',
    'tag_choice.order',
    { tag_choice: { type: 'numerical' } },
    { tag_choice: { type: 'numerical', order: 'desc' } },
    'is not a known field; remove it',
  ),
  row(
    'unknown_field',
    'tag_choice.prereleases',
    { tag_choice: { type: 'alphabetical', filter: { pattern: 'v(.)', extract: '$1' } } },
    { tag_choice: { type: 'alphabetical', prereleases: true } },
    'is not a known field; remove it: this type does not take it',
  ),
  row(
    'expression_refused',
    'tag_choice.filter.pattern',
    filter('^(v.+)$'),
    filter('^(v.+$'),
    `"^(v.+$" has a group that is not closed; ${EXPRESSION}`,
  ),
  row(
    'expression_refused',
    'tag_choice.filter.pattern',
    filter('(a+)+$'),
    filter('(a)\\1'),
    `"(a)\\\\1" has \\1, which is not known here; ${EXPRESSION}`,
  ),
  row(
    'expression_refused',
    'tag_choice.filter.pattern',
    filter('^((a|aa)*)*b$'),
    filter('^a(?=b)'),
    `"^a(?=b)" has a group that begins with (?= and is not known; ${EXPRESSION}`,
  ),
  row(
    'expression_refused',
    'tag_choice.filter.pattern',
    filter('(?:a{83}){6}'),
    filter('(?:a{83}){7}'),
    `"(?:a{83}){7}" repeats so much that it grows too large; ${EXPRESSION}`,
  ),
  row(
    'expression_refused',
    'tag_choice.filter.pattern',
    filter('(a)'.repeat(10)),
    filter('(a)'.repeat(11)),
    `"${'(a)'.repeat(11)}" has more than 10 groups; ${EXPRESSION}`,
  ),
  row(
    'too_short',
    'tag_choice.filter.pattern',
    filter('v'),
    filter(''),
    `"" has fewer than 1 characters; ${EXPRESSION}`,
  ),
  row(
    'too_long',
    'tag_choice.filter.pattern',
    filter('v'.repeat(200)),
    filter('v'.repeat(201)),
    `"${'v'.repeat(80)}…" has more than 200 characters; ${EXPRESSION}`,
  ),
  row(
    'extract_unknown_group',
    'tag_choice.filter.extract',
    filter('(v)', '$1'),
    filter('(v)', '$2'),
    '"$2" names the group 2, which the pattern does not have; name groups of the pattern, such as $1 or $version',
  ),
  row(
    'malformed',
    'tag_choice.ignore.0',
    { tag_choice: { type: 'semver', ignore: ['rc-*'] } },
    { tag_choice: { type: 'semver', ignore: ['rc-?'] } },
    '"rc-?" is neither a tag nor a glob; give a tag or a glob, such as nightly-*',
  ),
  row(
    'too_many',
    'tag_choice.ignore',
    { tag_choice: { type: 'semver', ignore: list(50, 'a') } },
    { tag_choice: { type: 'semver', ignore: list(51, 'a') } },
    'a list of 51 has more than 50 entries; give at most 50 tags or globs',
  ),
  row(
    'too_large',
    'tag_choice.minimum_age_minutes',
    { tag_choice: { type: 'semver', minimum_age_minutes: 525_600 } },
    { tag_choice: { type: 'semver', minimum_age_minutes: 525_601 } },
    '525601 is more than 525600; give whole minutes between 0 and 525600',
  ),
  row(
    'malformed',
    'pinned_digest',
    { pinned_digest: DIGEST },
    { pinned_digest: DIGEST.slice(0, -1) },
    `"${DIGEST.slice(0, -1)}" ${MALFORMED}; give sha256: and 64 hexadecimal digits in lower case`,
  ),
  row(
    'pinned_with_glob',
    'pinned_digest',
    { image_pattern: 'shop/web:v*', pinned_digest: DIGEST },
    { image_pattern: 'shop/*:v1', pinned_digest: DIGEST },
    `"${DIGEST}" cannot be the digest of every repository of shop/*:v1; give each repository its own policy`,
  ),
];
