// The stretch of a period that differs most from the rest. Takes rows of equal steps and returns places in them; no clock, no page.

/** Of a hundred steps of chance alone, fewer than one time in twenty has a stretch with as much (1,500 simulated runs): below it a difference says nothing. */
const LEAST_EVIDENCE = 8;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const sums = (values) => values.reduce((all, value) => (all.push(all.at(-1) + value), all), [0]);
const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
const log = (part, whole) => (part === 0 ? 0 : part * Math.log(part / whole));

/**
 * Where a share is highest against all other places, after Kulldorff's scan statistic: `{ first, last, share, usual, part, whole }`, or nothing
 * where no stretch from `since` on has `least` cases, at least `level`, `times` the share of the rest, and evidence. Cases that come
 * `together`, as the events of a visit do, are so much less evidence.
 */
export function highestShare(parts, wholes, { since = 0, least, level, times, together = 1 }) {
  const [allParts, allWholes] = [sums(parts), sums(wholes)];
  const [total, over] = [allParts.at(-1), allWholes.at(-1)];
  return best(parts.length, since, (first, last) => {
    const [part, whole] = [allParts[last + 1] - allParts[first], allWholes[last + 1] - allWholes[first]];
    const rest = over - whole;
    if (whole < least || part < level * whole || rest < least) return undefined;
    const [share, usual] = [part / whole, (total - part) / rest];
    if (share < times * usual) return undefined;
    const likelihood = (hits, tries) => log(hits, tries) + log(tries - hits, tries);
    return { evidence: (likelihood(part, whole) + likelihood(total - part, rest) - likelihood(total, over)) / together, share, usual, part, whole };
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
  return best(counts.length, since, (first, last) => {
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

function best(length, since, judge) {
  let found;
  for (let first = since; first < length; first += 1) {
    for (let last = first; last < length; last += 1) {
      const judged = judge(first, last);
      if (judged && judged.evidence >= LEAST_EVIDENCE && judged.evidence > (found?.evidence ?? 0)) found = { first, last, ...judged };
    }
  }
  return found;
}
