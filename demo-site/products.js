// The shop's stock. Prices are whole cents, so that sums stay exact.

export const currency = "EUR";

export const categories = [
  { id: "tea", name: "Tea", line: "Four leaves for four times of day." },
  { id: "coffee", name: "Coffee", line: "Roasted on Tuesdays, posted on Wednesdays." },
  { id: "brewing", name: "Brewing", line: "Pots and kettles that pour where you point them." },
  { id: "cups", name: "Cups", line: "Stoneware and glass from small workshops." },
  { id: "sweets", name: "Sweets", line: "Something on the saucer." },
];

export const products = [
  product("sencha", "tea", "Spring Sencha", 1450, "80 g tin, Shizuoka",
    "First-flush leaves, steamed within hours of picking. Fresh like cut grass, with a sweetness that stays.",
    { Origin: "Shizuoka, Japan", Brew: "70 °C, one minute", Contents: "80 g, about 30 cups" }),
  product("assam", "tea", "Mangalam Assam", 1190, "100 g tin, second flush",
    "A round, malty breakfast tea with golden tips. Takes milk and does not mind being forgotten for a minute.",
    { Origin: "Assam, India", Brew: "95 °C, three minutes", Contents: "100 g, about 40 cups" }),
  product("earl-grey", "tea", "Blue Earl Grey", 1290, "100 g tin, bergamot",
    "Ceylon leaves with oil from Calabrian bergamot and a few cornflowers, because they look good.",
    { Origin: "Uva, Sri Lanka", Brew: "95 °C, three minutes", Contents: "100 g, about 40 cups" }),
  product("chamomile", "tea", "Whole Chamomile", 890, "50 g tin, no caffeine",
    "Whole flower heads, dried slowly in the shade. Honeyed and soft; for the end of the day.",
    { Origin: "Istria, Croatia", Brew: "100 °C, five minutes", Contents: "50 g, about 25 cups" }),
  product("yirgacheffe", "coffee", "Yirgacheffe", 1390, "250 g, light roast",
    "Jasmine, lemon and black tea. Washed lots from forty neighbours around one station.",
    { Origin: "Gedeo, Ethiopia", Roast: "Light, for filter", Contents: "250 g whole beans" }),
  product("huila", "coffee", "Huila", 1250, "250 g, medium roast",
    "Caramel and red apple. The one we drink in the shop all day, in any pot.",
    { Origin: "Huila, Colombia", Roast: "Medium, for everything", Contents: "250 g whole beans" }),
  product("night-roast", "coffee", "Night Roast", 1150, "250 g, espresso",
    "Dark chocolate and toasted almond with a heavy body. Made for small cups and long evenings.",
    { Origin: "Brazil and Sumatra", Roast: "Dark, for espresso", Contents: "250 g whole beans" }),
  product("decaf", "coffee", "Mountain Decaf", 1320, "250 g, water process",
    "Decaffeinated with spring water only. Hazelnut and cocoa, and you sleep afterwards.",
    { Origin: "Chiapas, Mexico", Roast: "Medium, for everything", Contents: "250 g whole beans" }),
  product("cast-iron-pot", "brewing", "Cast Iron Pot", 6900, "0.8 l, enamelled inside",
    "Keeps tea hot for an hour. A steel sieve sits inside; the outside is sealed with lacquer.",
    { Volume: "0.8 l", Weight: "1.6 kg", Care: "Rinse with water, dry at once" }),
  product("glass-pot", "brewing", "Glass Pot", 3400, "1.0 l, with sieve",
    "Borosilicate glass, thin and light, so that you see when the leaves have opened.",
    { Volume: "1.0 l", Weight: "0.4 kg", Care: "Dishwasher, upper rack" }),
  product("dripper", "brewing", "Dripper and Carafe", 4250, "Porcelain and glass, 0.5 l",
    "A ribbed porcelain cone on a carafe for two. Forty paper filters come with it.",
    { Volume: "0.5 l", Filters: "Size 02, forty included", Care: "Dishwasher" }),
  product("kettle", "brewing", "Gooseneck Kettle", 7900, "0.9 l, steel and walnut",
    "A slow, steady pour and a handle that stays cool. For gas and induction.",
    { Volume: "0.9 l", Weight: "0.7 kg", Care: "Wipe with a damp cloth" }),
  product("tall-mug", "cups", "Tall Mug", 1950, "0.35 l, terracotta glaze",
    "Thrown by hand, dipped halfway. Holds a whole pot's share and warms both hands.",
    { Volume: "0.35 l", Material: "Stoneware", Care: "Dishwasher" }),
  product("yunomi", "cups", "Yunomi", 2200, "0.2 l, two-tone glaze",
    "A cup without a handle: when it is too hot to hold, the tea is too hot to drink.",
    { Volume: "0.2 l", Material: "Stoneware", Care: "Dishwasher" }),
  product("espresso-pair", "cups", "Espresso Pair", 2600, "Two cups, two saucers",
    "Thick walls that keep a short coffee warm. One in cream, one in fir green.",
    { Volume: "0.08 l each", Material: "Porcelain", Care: "Dishwasher" }),
  product("double-wall", "cups", "Double-wall Glass", 1650, "0.3 l, hand-blown",
    "Two layers of glass with air between: hot inside, cool outside, and the tea seems to float.",
    { Volume: "0.3 l", Material: "Borosilicate glass", Care: "By hand" }),
  product("dark-chocolate", "sweets", "Dark Chocolate 72 %", 590, "70 g bar",
    "Cacao from a cooperative in Piura, cane sugar and nothing else.",
    { Contents: "70 g", Ingredients: "Cacao, cane sugar", Keeps: "18 months" }),
  product("shortbread", "sweets", "Butter Shortbread", 720, "160 g, eight fingers",
    "Flour, butter, sugar, salt. Baked until the edges colour, and not a minute longer.",
    { Contents: "160 g", Ingredients: "Wheat flour, butter, sugar, salt", Keeps: "Three months" }),
  product("heather-honey", "sweets", "Heather Honey", 980, "250 g jar",
    "Late-summer honey, thick and a little bitter. One spoon in chamomile is a small holiday.",
    { Contents: "250 g", Origin: "Lüneburg Heath, Germany", Keeps: "Two years" }),
  product("candied-ginger", "sweets", "Candied Ginger", 640, "120 g",
    "Young ginger, simmered in syrup and rolled in sugar. Hot first, sweet after.",
    { Contents: "120 g", Ingredients: "Ginger, cane sugar", Keeps: "One year" }),
];

export function productById(id) {
  return products.find((candidate) => candidate.id === id);
}

export function categoryById(id) {
  return categories.find((candidate) => candidate.id === id);
}

function product(id, category, name, priceCents, line, description, details) {
  return { id, category, name, priceCents, line, description, details, picture: `pictures/${id}.svg` };
}
