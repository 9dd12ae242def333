use std::fs;

use entities::{EntitiesError, generate};
use tempfile::TempDir;

use crate::{contents, settings};

#[test]
fn every_stream_has_its_number() {
    let data = TempDir::new().unwrap();
    let written = generate(&settings(data.path(), 42)).unwrap();
    assert_eq!(
        written.to_string(),
        "45 stores, 100 products, 200 customers, 500 purchases, 50 users"
    );
    for (folder, files) in [
        ("stores", 45),
        ("products", 100),
        ("customers", 200),
        ("purchases", 500),
        ("users", 1),
    ] {
        let found = contents(&data.path().join(folder));
        assert_eq!(found.len(), files, "{folder}");
    }
}

#[test]
fn same_seed_gives_same_bytes() {
    let (one, other, seven) = (
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
        TempDir::new().unwrap(),
    );
    generate(&settings(one.path(), 42)).unwrap();
    generate(&settings(other.path(), 7)).unwrap();
    generate(&settings(other.path(), 42)).unwrap();
    generate(&settings(seven.path(), 7)).unwrap();
    let texts = |folder: &TempDir| contents(folder.path()).into_values().collect::<Vec<_>>();
    assert!(texts(&one) == texts(&other), "seed 42 twice");
    assert_ne!(texts(&one), texts(&seven));
}

#[test]
fn only_json_is_removed() {
    let data = TempDir::new().unwrap();
    for folder in ["stores", "products", "customers", "purchases", "users"] {
        let folder = data.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(".gitkeep"), "").unwrap();
        fs::write(folder.join("stale.json"), "{}").unwrap();
        fs::write(folder.join("notes.txt"), "mine").unwrap();
    }
    generate(&settings(data.path(), 42)).unwrap();
    for folder in ["stores", "products", "customers", "purchases", "users"] {
        let folder = data.path().join(folder);
        assert!(folder.join(".gitkeep").exists() && folder.join("notes.txt").exists());
        assert!(!folder.join("stale.json").exists());
    }
}

#[test]
fn next_run_repairs_a_killed_one() {
    let (whole, cut) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    generate(&settings(whole.path(), 42)).unwrap();
    generate(&settings(cut.path(), 42)).unwrap();
    // Killed while a file was written: the files after it are missing, and it is there in part, under another name.
    fs::write(cut.path().join("products/.product-050.json"), "{\"product_id\": \"pro").unwrap();
    for number in 50..=100 {
        fs::remove_file(cut.path().join(format!("products/product-{number:03}.json"))).unwrap();
    }
    fs::remove_dir_all(cut.path().join("purchases")).unwrap();
    generate(&settings(cut.path(), 42)).unwrap();
    let texts = |folder: &TempDir| {
        let path = folder.path().display().to_string();
        let contents = contents(folder.path()).into_iter();
        contents
            .map(|(name, text)| (name.replace(&path, ""), text))
            .collect::<Vec<_>>()
    };
    assert!(texts(&whole) == texts(&cut));
}

#[test]
fn folder_that_is_a_file_is_named() {
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("stores"), "").unwrap();
    let error = generate(&settings(data.path(), 42)).unwrap_err();
    assert!(
        matches!(&error, EntitiesError::Write { path, .. } if path.ends_with("stores")),
        "{error}"
    );
}
