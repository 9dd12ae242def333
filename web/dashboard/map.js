// The world as one tile a country, about where it lies: small countries are as easy to see and to hit as large ones.
import { svg } from "../lib/dom.js";
import { count, country } from "../lib/format.js";

const ROWS = `
.. CA .. .. .. .. GL .. .. IS .. .. NO SE FI .. RU .. .. .. .. .. .. .. ..
.. US .. .. .. .. .. IE GB .. .. DK .. EE LV LT BY .. .. .. .. .. .. .. ..
.. MX .. BS .. .. .. .. .. NL BE DE PL CZ SK UA MD KZ .. MN .. .. .. .. ..
GT BZ CU JM HT DO .. .. FR LU CH LI AT HU RO GE AM UZ KG CN KP KR JP .. ..
SV HN KN AG DM PR .. PT ES AD MC IT SI HR RS BG AZ TM TJ NP BT .. TW .. ..
NI CR LC VC BB TT .. GI .. MT SM VA BA ME MK TR IQ IR AF IN BD MM VN HK ..
.. PA CO VE GY SR GF .. MA DZ TN LY AL XK GR CY SY .. PK .. LK LA TH PH ..
.. .. EC PE BR .. .. EH MR ML NE TD EG .. .. IL LB JO KW .. MV KH MY BN ..
.. .. BO PY UY .. CV SN GM BF NG CF SD ER .. PS SA BH QA AE .. SG ID TL PG
.. .. CL AR .. .. GW GN SL LR CI CM SS ET DJ YE OM .. .. .. .. .. .. .. SB
.. .. .. FK .. .. .. .. GH TG BJ GA UG KE SO .. .. SC .. .. .. .. AU VU FJ
.. .. .. .. .. .. .. .. .. ST GQ CG CD RW TZ .. KM MU .. .. .. .. NZ NC WS
.. .. .. .. .. .. .. .. .. .. AO ZM BI MW MZ MG RE .. .. .. .. .. .. TO KI
.. .. .. .. .. .. .. .. .. .. NA BW ZW .. .. .. .. .. .. .. .. .. .. .. ..
.. .. .. .. .. .. .. .. .. .. .. ZA LS SZ .. .. .. .. .. .. .. .. .. .. ..`;
const TILES = ROWS.trim().split("\n").flatMap((row, y) => row.split(" ").map((code, x) => ({ code, x, y })).filter(({ code }) => code !== ".."));
const STEP = 24;
const SIZE = 22;
const LEVELS = 5;

/** The same numbers stand in the table beside it, which keyboard and screen reader use. */
export function worldMap(rows, { name, choose, chosen }) {
  const numbers = new Map(rows.map((row) => [row.country, Number(row[name])]));
  const greatest = Math.max(1, ...numbers.values());
  // By the root: one country with nine tenths of the visits leaves the others visible.
  const level = (value) => (value ? Math.max(1, Math.ceil(LEVELS * Math.sqrt(value / greatest))) : 0);
  return svg("svg", { class: "map", viewBox: `0 0 ${25 * STEP} ${15 * STEP}`, "aria-hidden": "true" }, ...TILES.map(({ code, x, y }) => {
    const value = numbers.get(code) ?? 0;
    return svg("g", { class: `land level-${level(value)} ${chosen === code ? "chosen" : ""}`, transform: `translate(${x * STEP} ${y * STEP})`, onclick: value ? () => choose(code) : undefined },
      svg("rect", { width: SIZE, height: SIZE, rx: 4 }),
      svg("text", { x: SIZE / 2, y: SIZE / 2 + 3.5 }, code),
      svg("title", {}, `${country(code)}: ${count(value)}`));
  }));
}
