/**
 * DynamoDB's numbers: decimals of up to 38 significant digits between 1e-130 and
 * 9.99…e125, kept as text in the form in which they are returned (no exponent, no leading or
 * trailing zeros), so that equal numbers are equal texts.
 *
 * Comparing through `Number` first is exact where it answers: rounding never swaps two numbers, it
 * can only make them equal, and then the digits decide.
 */
import { invalid } from './refusal.ts';

const NUMBER_PATTERN = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,9}))?$/;
/** Already canonical, and small enough for exact arithmetic in doubles. */
const SMALL_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;
const MAX_DIGITS = 38;
const MAX_EXPONENT = 125;
const MIN_EXPONENT = -130;

interface Decimal {
  isNegative: boolean;
  /** Without leading or trailing zeros; empty for zero. */
  digits: string;
  /** The power of ten of the first digit. */
  exponent: number;
}

function readDecimal(text: string): Decimal | undefined {
  if (SMALL_INTEGER.test(text)) return readSmallInteger(text);
  const match = NUMBER_PATTERN.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (!match || whole + fraction === '') return undefined;
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  const exponent = whole.length - 1 - (all.length - digits.length) + Number(match[4] ?? 0);
  return { isNegative: match[1] === '-', digits: digits.replace(/0+$/, ''), exponent };
}

/** What most numbers are. */
function readSmallInteger(text: string): Decimal {
  const isNegative = text.startsWith('-');
  const first = isNegative ? 1 : 0;
  let end = text.length;
  while (end > first && text[end - 1] === '0') end--;
  return { isNegative, digits: text.slice(first, end), exponent: text.length - first - 1 };
}

function writeDecimal({ isNegative, digits, exponent }: Decimal): string {
  if (digits === '') return '0';
  const sign = isNegative ? '-' : '';
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}

function refuseRange({ digits, exponent }: Decimal, tooPrecise: string): void {
  if (digits === '') return;
  if (exponent > MAX_EXPONENT) {
    throw invalid(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  }
  if (exponent < MIN_EXPONENT) {
    throw invalid(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  if (digits.length > MAX_DIGITS) throw invalid(tooPrecise);
}

/** The canonical text of a number as a caller wrote it. */
export function canonicalNumber(text: string): string {
  if (SMALL_INTEGER.test(text)) return text;
  const decimal = readDecimal(text);
  if (!decimal) {
    const shown = text === '' ? '' : `: ${text}`;
    throw invalid(`The parameter cannot be converted to a numeric value${shown}`);
  }
  refuseRange(decimal, 'Attempting to store more than 38 significant digits in a Number');
  return writeDecimal(decimal);
}

function scaled(text: string): { units: bigint; scale: number } {
  const [whole = '', fraction = ''] = text.split('.');
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0;
  const difference = Number(left) - Number(right);
  if (difference !== 0) return difference;
  const a = scaled(left);
  const b = scaled(right);
  const scale = Math.max(a.scale, b.scale);
  const first = a.units * 10n ** BigInt(scale - a.scale);
  const second = b.units * 10n ** BigInt(scale - b.scale);
  return first < second ? -1 : first > second ? 1 : 0;
}

/** left + right, or left - right; canonical in, canonical out. */
export function addNumbers(left: string, right: string, sign: 1 | -1 = 1): string {
  if (SMALL_INTEGER.test(left) && SMALL_INTEGER.test(right)) {
    return String(Number(left) + sign * Number(right));
  }
  const a = scaled(left);
  const b = scaled(right);
  const scale = Math.max(a.scale, b.scale);
  const units =
    a.units * 10n ** BigInt(scale - a.scale) +
    BigInt(sign) * b.units * 10n ** BigInt(scale - b.scale);
  const decimal = readDecimal(`${units}e${-scale}`);
  if (!decimal) throw new TypeError(`${left} and ${right} are not canonical numbers`);
  refuseRange(decimal, 'DynamoDB only supports precision up to 38 digits');
  return writeDecimal(decimal);
}

/**
 * Bytes that a number takes: a pair of digits a byte (pairs are counted from the decimal point),
 * one for the exponent, one for a minus sign.
 */
export function numberBytes(text: string): number {
  const decimal = readDecimal(text);
  if (!decimal || decimal.digits === '') return 1;
  const { digits, exponent, isNegative } = decimal;
  const isOddPair = exponent % 2 === 0;
  const pairs = isOddPair ? 1 + Math.ceil((digits.length - 1) / 2) : Math.ceil(digits.length / 2);
  return pairs + 1 + (isNegative ? 1 : 0);
}
