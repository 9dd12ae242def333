/// <reference path="../../../tracker-wasm/clickpath.d.ts" />
window.clickpath ??= { q: [] };
clickpath.track("wish", { product_id: 7, colour: "red", nested: { sizes: [1, 2] } }, "view");
clickpath.track("plain");
clickpath.identify("1001");
clickpath.reset();
clickpath.optOut();
clickpath.optIn();
clickpath.consent("cookieless");
clickpath.ecommerce.viewItem({ product_id: "lamp", price: "19.90", currency: "EUR" });
clickpath.ecommerce.purchase({ order_id: 1, currency: "EUR", items: [{ product_id: "lamp", price: 19.9, quantity: 1 }] });
clickpath.ecommerce("refund", { order_id: 1 });
