import { currency } from "./products.js";

const format = new Intl.NumberFormat("en-IE", { style: "currency", currency });

export function money(cents) {
  return format.format(cents / 100);
}
