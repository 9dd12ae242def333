// Types of `window.clickpath`: /// <reference types="./clickpath" />, or copy it into your project.

declare namespace Clickpath {
  /** What an event is: seen, clicked, or neither (docs/events.md). */
  type EventType = "view" | "click" | "server";
  /** `off`: nothing is recorded; `cookieless`: nothing is kept in the browser; `full`. */
  type Consent = "off" | "cookieless" | "full";
  type Json = string | number | boolean | null | undefined | Json[] | { [name: string]: Json };

  /** Fields with a meaning of their own; any other is kept as given. */
  interface Payload {
    product_id?: string | number;
    category?: string;
    /** An amount with at most 4 decimals; as text it is kept exactly. */
    price?: number | string;
    /** Three letters of ISO 4217. */
    currency?: string;
    quantity?: number;
    order_id?: string | number;
    status?: string;
    error_code?: string;
    /** Milliseconds. */
    latency_ms?: number;
    [field: string]: Json;
  }

  interface Item extends Payload {
    product_id: string | number;
  }

  interface Order extends Payload {
    order_id: string | number;
  }

  interface Purchase extends Order {
    items: Item[] & Json;
  }

  interface Ecommerce {
    /** `product_view` */
    viewItem(item: Item): void;
    /** `add_to_cart` */
    addToCart(item: Item): void;
    /** `remove_from_cart` */
    removeFromCart(item: Item): void;
    /** `checkout_start` */
    beginCheckout(cart: Payload & { items?: Item[] & Json }): void;
    /** `order_created` for each item, then `order_paid`. */
    purchase(order: Purchase): void;
    /** `order_cancelled` */
    refund(order: Order): void;
    (name: "viewItem" | "addToCart" | "removeFromCart", item: Item): void;
    (name: "beginCheckout", cart: Payload & { items?: Item[] & Json }): void;
    (name: "purchase", order: Purchase): void;
    (name: "refund", order: Order): void;
  }

  interface Tracker {
    /** An event of your own. Without `type` it is a click, of no element. */
    track(title: string, payload?: Payload, type?: EventType): void;
    /** The visitor is known by this id from now on; at most 256 bytes. */
    identify(id: string | number): void;
    /** Somebody else, in another session. */
    reset(): void;
    /** Until [optIn], in this browser. */
    optOut(): void;
    optIn(): void;
    consent(mode: Consent): void;
    readonly ecommerce: Ecommerce;
  }

  /** What a page may put in place before the script has run. */
  interface Queue {
    q: unknown[][];
  }
}

interface Window {
  clickpath?: Clickpath.Tracker | (Clickpath.Queue & Partial<Clickpath.Tracker>);
}

declare const clickpath: Clickpath.Tracker;
