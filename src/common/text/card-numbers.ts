/** 13 to 19 digits, in groups or not, that stand alone: neither part of a longer number nor of a word. */
const CANDIDATE = /(?<![\p{L}\p{N}_]|[\p{N}][ -])\d(?:[ -]?\d){12,18}(?![\p{L}\p{N}_]|[ -]\p{N})/gu;

/** How cards begin, and how many digits they then have: Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro. */
const CARDS: readonly [prefix: RegExp, lengths: readonly number[]][] = [
  [/^4/, [13, 16, 19]],
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(6011|64[4-9]|65)/, [16, 19]],
  [/^3(0[0-5]|[689])/, [14, 16, 19]],
  [/^35(2[89]|[3-8])/, [16, 19]],
  [/^62/, [16, 17, 18, 19]],
  [/^(50|5[6-9]|6[37])/, [13, 14, 15, 16, 17, 18, 19]],
];

/** @see ISO/IEC 7812-1, annex B */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const isCard = (digits: string): boolean =>
  CARDS.some(([prefix, lengths]) => prefix.test(digits) && lengths.includes(digits.length)) && passesLuhn(digits);

/** A text in which card numbers show their last four digits only; everything else stays byte for byte. */
export const maskCardNumbers = (text: string): string =>
  text.replace(CANDIDATE, (found) => {
    const digits = found.replace(/[ -]/g, '');
    return isCard(digits) ? `•••• ${digits.slice(-4)}` : found;
  });
