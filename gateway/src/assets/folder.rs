use std::collections::HashMap;

use super::AssetsError;
use super::asset::{Asset, Caching, content_type};

/// Files by their path. Names such as `a.js.br` and `a.js.gz` are compressed forms of `a.js`.
pub(super) struct Folder {
    files: HashMap<String, Asset>,
}

pub(super) enum Found<'f> {
    File(&'f Asset),
    /// There is an index below it: the address lacks its slash.
    Directory,
    Nothing,
}

impl Folder {
    pub(super) fn new(
        folder: &'static str,
        files: &[(String, Vec<u8>)],
        caching: Caching,
    ) -> Result<Self, AssetsError> {
        let sibling = |name: &str, suffix: &str| {
            let wanted = format!("{name}{suffix}");
            files
                .iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, bytes)| bytes.clone().into())
        };
        let mut assets = HashMap::new();
        for (name, bytes) in files
            .iter()
            .filter(|(name, _)| !is_compressed(name) && !is_hidden(name))
        {
            let Some(content_type) = content_type(name) else {
                return Err(AssetsError::UnknownType {
                    folder,
                    file: name.clone(),
                });
            };
            let mut asset = Asset::new(bytes.clone(), content_type, caching.of(name));
            asset.brotli = sibling(name, ".br");
            asset.gzip = sibling(name, ".gz");
            if asset.gzip.is_none() {
                asset.compress().map_err(|source| AssetsError::Compress {
                    file: name.clone(),
                    source,
                })?;
            }
            assets.insert(name.clone(), asset);
        }
        Ok(Self { files: assets })
    }

    /// `path` as in the address, without the folder's own part: a file, a page without its `.html`, or a folder's index.
    pub(super) fn find(&self, path: &str) -> Found<'_> {
        if path.is_empty() || path.ends_with('/') {
            return self.get(&format!("{path}index.html"));
        }
        if let Some(asset) = self.files.get(path).or_else(|| self.files.get(&format!("{path}.html"))) {
            return Found::File(asset);
        }
        match self.get(&format!("{path}/index.html")) {
            Found::File(_) => Found::Directory,
            _ => Found::Nothing,
        }
    }

    /// The plain form of a file that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.files.get(name)?.text()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    fn get(&self, name: &str) -> Found<'_> {
        self.files.get(name).map_or(Found::Nothing, Found::File)
    }
}

fn is_compressed(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.'))
}
