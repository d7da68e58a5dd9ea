/** Names of repositories, as `repositoryName` writes them, and patterns that have a fair chance to meet them. */
import fc from 'fast-check';

function join(parts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(parts, { minLength: 1, maxLength: 4 }).map((list) => list.join('/'));
}

/** `ghcr.io/…` is another registry's, `/ghcr.io/…` the own ECR's. */
function slashed(names: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.boolean(), names)
    .map(([isSlashed, name]) => (isSlashed && name.startsWith('ghcr.io/') ? `/${name}` : name));
}

export const repositoryNames = slashed(
  join(fc.constantFrom('shop', 'web', 'web-api', 'a', 'ghcr.io')),
);
export const patternTexts = slashed(
  join(fc.constantFrom('shop', 'web', 'web-*', '*', '*b', '*-*', 'g*', 'a', 'ghcr.io')),
);
