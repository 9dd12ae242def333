/// <reference path="../../../tracker-wasm/clickpath.d.ts" />
clickpath.track();
clickpath.track("wish", {}, "sight");
clickpath.consent("maybe");
clickpath.identify({});
clickpath.ecommerce.viewItem({ price: 1 });
clickpath.ecommerce.purchase({ order_id: 1 });
clickpath.ecommerce("give", { order_id: 1 });
