// Takes addresses of e-mail and telephone numbers out of texts.

const WORDS = "(?:tel|fax)(?![a-z])|telef|telep|phone|mobil|whats|wa\\.me|call|cell";
/** A word for a telephone, and no figure after it. */
const WORD = RegExp(`(?<![a-z])(?:${WORDS})\\D*$`, "i");
/** Without any of these the texts of JSON have nothing to be taken out. */
const HINT = RegExp(`[@%+\\uff0b\\uff20]|${WORDS}`, "i");
/** The texts of JSON, each with the names that stand before it. */
const TEXTS = /(?:"(?:[^"\\]|\\.)*":[[{]*)*"(?:[^"\\]|\\.)*"/g;
/** An address, or the first character of what may be a number. Neither `logo@2x.png` nor `vue@3.min.js` is an address. */
const FIND =
  /(?<![\w.+'%\x80-\uffff-])[\w.+'%\x80-\uffff-]+@(?!\d[.x])(?:[a-z\d\x80-\uffff-]+\.)+(?:xn[a-z\d\x80-\uffff-]*|[a-z\x80-\uffff]{2,})(?!\.?[a-z\d\x80-\uffff-])|(?<![\w\x80-\uffff])[+(\d]/gi;
/** A group of digits, and what is between it and the one before. */
const STEP = /([ .+()/-]{0,4})(\d+)/y;
/** No name, time, amount or code goes on here. */
const END = /(?![-:,.]?[\w\x80-\uffff])/y;
/**
 * Ways to write numbers without `+` or parentheses: the lengths of the groups, and how the digits begin. North America, China, India, Russia,
 * Brazil and Mexico; with trunk prefix, in one group (twelve figures are a barcode, unless they begin as German mobiles do) and in several.
 */
const NATIONAL =
  /^(?:3,3,4:[2-9]|1,3,3,4:1[2-9]|3,4,4:1[3-9]|11:(?:1[3-9]|[78]9)|5,5:[6-9]|2,5,5:91[6-9]|1,3,3,2,2:[78]|2,[45],4:(?:1[1-9]|[2-9])|\d+:0(?:0[1-9]\d{9}|[1-9]\d{8,9}$|1[567]\d{9}$)|[1-5],.*:00[1-9]\d{8}|(?!1,|2,7:)\d+,.*:0[1-9]\d{7,10}$)/;

/** The end of the longest telephone number that begins at `start`. With `certain` only one with `+` or behind a word. */
function phoneEnd(seen, start, certain) {
  const before = seen.slice(Math.max(0, start - 17), start);
  const word = WORD.test(before);
  if (!word && /[\w\x80-\uffff][-.]$/.test(before)) return;
  const plus = seen[start] == "+";
  let digits = "";
  let shape = "";
  let groups = 0;
  let last, bracket, bracketed, date, end;
  STEP.lastIndex = start;
  for (let step; (step = STEP.exec(seen)); ) {
    const [, gap, group] = step;
    bracket ||= /\(/.test(gap);
    if (/\)/.test(gap)) {
      if (!bracket) break;
      bracketed = last;
    }
    if (/\//.test(gap) && (groups > 1 || (!plus && digits.slice(0, 3) > 99))) break;
    digits += group;
    // E.164.
    if (digits.length > 15) break;
    last = group.length;
    shape += groups++ ? `,${last}` : last;
    date ||= shape == "2,2,4" || (shape == "4,2,2" && /^[12]/.test(digits));
    const count = digits.length;
    const national = () =>
      bracketed
        ? count > 8 && count < 15 && (digits[0] == 0 || (bracketed == 3 && count < 12) || (bracketed == 2 && count > 9))
        : NATIONAL.test(`${shape}:${digits}`);
    const found = plus ? digits[0] > 0 && count > 7 : !date && last > 1 && ((word && count > 6) || (!certain && national()));
    END.lastIndex = STEP.lastIndex;
    if (found && END.test(seen)) end = STEP.lastIndex;
  }
  return end;
}

/** `text` with `[email]` and `[phone]` where they stood, percent-encoded ones too. */
export function scrub(text, certain) {
  let seen = "";
  const places = [];
  // As a person reads it: escapes decoded, those of JSON as line breaks, foreign digits, dashes and spaces as their ASCII twins.
  const spellings = /\\(?:u.{4}|.)|%(?:25)*([0-7][\da-f])|(?:%(?:25)*[89a-f][\da-f])+|[^]/gi;
  for (let spelling; (spelling = spellings.exec(text)); ) {
    const { 0: spelt, 1: code, index } = spelling;
    let read = spelt;
    if (code) read = String.fromCharCode(parseInt(code, 16));
    else if (spelt[0] == "\\") read = "\n";
    else if (spelt[1]) {
      try {
        read = decodeURIComponent(spelt.replace(/%(25)+/g, "%"));
      } catch {
        // No text: it stands for itself.
      }
    }
    seen += read;
    for (const _ of read.split("")) places[places.length] = index;
  }
  seen = seen
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => digit.charCodeAt(0) & 15)
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 65248))
    .replace(/[\xa0\u2000-\u200f\u202f]/g, " ")
    .replace(/[\u2010-\u2015\u2212]/g, "-");
  let clean = "";
  let kept = 0;
  FIND.lastIndex = 0;
  for (let found; (found = FIND.exec(seen)); ) {
    const start = found.index;
    const email = found[0].length > 1;
    const end = email ? FIND.lastIndex : phoneEnd(seen, start, certain);
    if (!end) continue;
    clean += text.slice(kept, places[start]) + (email ? "[email]" : "[phone]");
    kept = places[end] ?? text.length;
    FIND.lastIndex = end;
  }
  clean += text.slice(kept);
  // What is gone may have hidden what was beside it.
  return kept ? scrub(clean, certain) : clean;
}

/**
 * The same inside the texts of JSON. A number counts as a telephone's only where it says so, with `+` or behind a word such as `phone`: an
 * order's number must stay one.
 */
export const scrubJson = (json) => (HINT.test(json) ? json.replace(TEXTS, (text) => scrub(text, true)) : json);
