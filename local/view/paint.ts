import { styleText } from 'node:util';
import type { Paint } from '#core/view/format.ts';

/** Whether there are colours is for the caller to know: of the terminal, of NO_COLOR. */
export function paintWith(hasColours: boolean): Paint {
  return hasColours
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
}
