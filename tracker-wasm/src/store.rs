use web_sys::{Storage, Window};

/// `localStorage`, or the page's memory where the visitor or the browser denies it: then a visit ends with the page.
pub(crate) struct Store {
    storage: Option<Storage>,
    memory: Vec<(String, String)>,
}

impl Store {
    pub(crate) fn new(window: &Window) -> Self {
        let storage = window.local_storage().ok().flatten();
        Self {
            storage,
            memory: Vec::new(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        match self.memory.iter().find(|(known, _)| known == name) {
            Some((_, value)) => Some(value.clone()),
            None => self.storage.as_ref()?.get_item(name).ok()?,
        }
    }

    /// Tells whether the value outlives the page.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> bool {
        self.memory.retain(|(known, _)| known != name);
        let kept = self
            .storage
            .as_ref()
            .is_some_and(|storage| storage.set_item(name, value).is_ok());
        if !kept {
            self.memory.push((name.to_owned(), value.to_owned()));
        }
        kept
    }
}
