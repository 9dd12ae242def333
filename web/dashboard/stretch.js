// The stretch of a period that differs most from the rest. Takes rows of equal steps and returns places in them; no clock, no page.

/** Chance alone makes so much between two periods in one case of a thousand. */
const LEAST_EVIDENCE_OF_TWO = 5;
/** Of a hundred steps of chance alone, one time in forty at most has a stretch with as much (400 simulated runs each of 30 to 2,000 cases): below it a difference says nothing. */
const LEAST_EVIDENCE = 6.5;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const sums = (values) => values.reduce((all, value) => (all.push(all.at(-1) + value), all), [0]);
const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
const log = (part, whole) => (part === 0 ? 0 : part * Math.log(part / whole));
/** How much likelier two shares are than one, as a logarithm. */
const likelihood = (hits, tries) => log(hits, tries) + log(tries - hits, tries);
const difference = (part, whole, otherPart, otherWhole) => likelihood(part, whole) + likelihood(otherPart, otherWhole) - likelihood(part + otherPart, whole + otherWhole);

/** Whether chance does not explain that a share is another one than before: of `whole` cases, `part`. Cases come `together` as in {@link highestShare}. */
export const isOther = (now, before, together = 1) => difference(now.part, now.whole, before.part, before.whole) / together >= LEAST_EVIDENCE_OF_TWO;

/** Whether chance does not explain that a share is over `level`. */
export const isOver = ({ part, whole }, level, together = 1) => (likelihood(part, whole) - part * Math.log(level) - (whole - part) * Math.log(1 - level)) / together >= LEAST_EVIDENCE_OF_TWO;

/**
 * Where a share is highest against all other places, after Kulldorff's scan statistic: `{ first, last, share, usual, part, whole }`, or nothing
 * where no stretch that reaches into what is from `since` on has `least` cases, `fewest` of them hits, at least `level`, `times` the share of the rest, and evidence. Cases that come
 * `together`, as the events of a visit do, are so much less evidence.
 */
export function highestShare(parts, wholes, { since = 0, least, fewest = 0, level, times, together = 1 }) {
  const [allParts, allWholes] = [sums(parts), sums(wholes)];
  const [total, over] = [allParts.at(-1), allWholes.at(-1)];
  return best({ length: parts.length, since, from: 0 }, (first, last) => {
    const [part, whole] = [allParts[last + 1] - allParts[first], allWholes[last + 1] - allWholes[first]];
    const rest = over - whole;
    if (whole < least || part < fewest || part < level * whole || rest < least) return undefined;
    const [share, usual] = [part / whole, (total - part) / rest];
    if (share < times * usual) return undefined;
    // Of one that began before, what lies in the period is such a stretch too.
    const [partSince, wholeSince] = [allParts[last + 1] - allParts[Math.max(first, since)], allWholes[last + 1] - allWholes[Math.max(first, since)]];
    if (wholeSince < least || partSince < Math.max(level, times * usual) * wholeSince) return undefined;
    return { evidence: difference(part, whole, total - part, rest) / together, share, usual, part, whole };
  });
}

/**
 * Where there is most beyond what is usual at that time of the day: `{ first, last, count, usual }`. `slots` steps are a day, and
 * `rows` begin with one; days before the first with anything in it are no days of rest. Nothing with less than three days to learn from.
 */
export function busiest(counts, slots, { since = 0, least, times }) {
  const firstDay = Math.floor(Math.max(0, counts.findIndex((count) => count > 0)) / slots);
  const days = Array.from({ length: Math.floor(counts.length / slots) - firstDay }, (_, day) => counts.slice((firstDay + day) * slots, (firstDay + day + 1) * slots));
  if (days.length < 3) return undefined;
  const usual = Array.from({ length: slots }, (_, slot) => median(days.map((day) => day[slot])));
  // A time at which hardly anybody comes is no reason to call two visitors a spike.
  const floor = sum(usual) / slots / 4;
  const expected = sums(counts.map((_, place) => Math.max(usual[place % slots], floor)));
  const all = sums(counts);
  return best({ length: counts.length, since }, (first, last) => {
    const [count, normal] = [all[last + 1] - all[first], expected[last + 1] - expected[first]];
    if (count < least || normal === 0 || count < times * normal) return undefined;
    return { evidence: count * Math.log(count / normal) - count + normal, count, usual: normal };
  });
}

/**
 * The stretch in which most of what was counted took at least `times` the median value: `{ first, last, value, usual }`. Values over less than
 * `least` are set aside, and a stretch with less than `inAll` such is none. A step that is not so is outweighed by those around it.
 */
export function highestRun(values, wholes, { since = 0, least, inAll, times }) {
  const counts = (place) => values[place] !== null && wholes[place] >= least;
  const usual = median(values.filter((_, place) => counts(place)));
  if (usual === 0) return undefined;
  const isHigh = (place) => counts(place) && values[place] >= times * usual;
  let [found, first, sum] = [undefined, since, 0];
  for (let place = since; place < values.length; place += 1) {
    if (sum <= 0) [first, sum] = [place, 0];
    if (counts(place)) sum += isHigh(place) ? wholes[place] : -wholes[place];
    if (isHigh(place) && sum > (found?.sum ?? 0)) found = { first, last: place, sum };
  }
  if (!found || found.sum < inAll) return undefined;
  const high = values.filter((_, place) => place >= found.first && place <= found.last && isHigh(place));
  return { first: found.first, last: found.last, value: median(high), usual };
}

/** Of the stretches that end in `since` or later and begin in `from` or later the one with the most evidence. */
function best({ length, since, from = since }, judge) {
  let found;
  for (let first = from; first < length; first += 1) {
    for (let last = Math.max(first, since); last < length; last += 1) {
      const judged = judge(first, last);
      if (judged && judged.evidence >= LEAST_EVIDENCE && judged.evidence > (found?.evidence ?? 0)) found = { first, last, ...judged };
    }
  }
  return found;
}
