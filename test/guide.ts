/** docs/first-deployment.md, and the policy that it has people write. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const GUIDE = readFileSync(
  path.join(import.meta.dirname, '../docs/first-deployment.md'),
  'utf8',
);

interface Block {
  language: string;
  text: string;
}

const BLOCKS: Block[] = Array.from(
  GUIDE.matchAll(/^```(\w*)\n(.*?)^```$/gms),
  ([, language = '', text = '']) => ({ language, text }),
);

export function blocksOf(language: string): string[] {
  return BLOCKS.filter((block) => block.language === language).map(({ text }) => text);
}

/** YAML. */
export const GUIDE_POLICY = blocksOf('yaml').find((text) => text.startsWith('id:')) ?? '';
