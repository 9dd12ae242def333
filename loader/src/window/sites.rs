use std::collections::HashMap;

/// Sites are as many as the operator registered; each gets a number when it is first seen.
#[derive(Default)]
pub(super) struct Sites {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    last: u32,
}

impl Sites {
    pub(super) fn number(&mut self, site: &str) -> u32 {
        if self.names.get(self.last as usize).is_some_and(|name| **name == *site) {
            return self.last;
        }
        self.last = self.numbers.get(site).copied().unwrap_or_else(|| {
            let next = self.names.len() as u32;
            self.names.push(site.into());
            self.numbers.insert(site.into(), next);
            next
        });
        self.last
    }
}
