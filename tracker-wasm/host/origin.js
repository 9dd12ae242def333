// What of an address tells where a visit came from. The heatmap's page reads it too.

/** Whether a parameter does, and stands for no person. */
export const isOrigin = (name) =>
  /^(?:utm_.*|gclid|gbraid|wbraid|gad_source|dclid|srsltid|msclkid|yclid|ymclid|vk_click_id|rb_clickid|ttclid|twclid|li_fat_id|ScCid|rdt_cid|epik|qclid|fbclid|igsh|igshid|mc_cid)$/.test(name);
