//! The door of entities as an operator opens it, and what is behind it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use enrich::Sealer;
use serde_json::{Deserializer, Value};
use tempfile::TempDir;

use crate::pipeline::Pipeline;
use crate::{check_failure, check_usage, clickpath};

const TRUSTED_KEY: &str = "trusted-key-of-this-test";
/// Long enough to be recognised in a message, and no key.
const NO_KEYS: [(&str, &str); 4] = [
    ("hunter2-is-no-key", "it has 17 characters and must have 44"),
    ("cw/0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", "character 3 is none of"),
    ("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4A", "must end in one '='"),
    ("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=\n", "it has 45 characters"),
];

/// The program with a key in its environment and a text on its standard input.
fn with_key(key: &str, folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clickpath"));
    command.env_clear().env("HOME", folder).env("FERNET_KEY", key);
    command.env("CLICKPATH_TRUSTED_KEY", TRUSTED_KEY);
    command.current_dir(folder).args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // It may end before it has read all.
    drop(process.stdin.take().unwrap().write_all(input.as_bytes()));
    process.wait_with_output().unwrap()
}

fn new_key(folder: &Path) -> String {
    let output = clickpath(folder, &["fernet-key"]);
    assert!(output.status.success());
    let line = String::from_utf8(output.stdout).unwrap();
    line.strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn missing_key_stops_the_start() {
    let folder = TempDir::new().unwrap();
    let listen = ["--listen", "127.0.0.1:0", "--entities"];
    for command in ["gateway", "up"] {
        let arguments = [&[command], listen.as_slice()].concat();
        let expect = ["FERNET_KEY", "is missing", "clickpath fernet-key"];
        check_usage(&clickpath(folder.path(), &arguments), &expect);
        // As an .env file has it where nobody filled it in.
        check_usage(&with_key("", folder.path(), &arguments, ""), &expect);
    }
    // Nothing was begun.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn malformed_key_stops_the_start_and_is_not_shown() {
    let folder = TempDir::new().unwrap();
    for command in ["gateway", "up"] {
        for (key, reason) in NO_KEYS {
            let listen = ["--listen", "127.0.0.1:0", "--entities=true", "--log", "trace"];
            let arguments = [&[command], listen.as_slice()].concat();
            let option = format!("--fernet-key={key}");
            let by_option = clickpath(folder.path(), &[arguments.as_slice(), &[&option]].concat());
            for output in [with_key(key, folder.path(), &arguments, ""), by_option] {
                check_usage(&output, &["is no Fernet key", reason, "clickpath fernet-key"]);
                let said = [output.stdout, output.stderr].concat();
                let said = String::from_utf8_lossy(&said);
                for part in [&key[..10], &key[key.len() - 10..]] {
                    assert!(!said.contains(part), "{part:?} is in:\n{said}");
                }
            }
        }
    }
}

#[test]
fn misspelt_switch_does_not_leave_the_door_closed() {
    let folder = TempDir::new().unwrap();
    let output = clickpath(
        folder.path(),
        &["gateway", "--listen", "127.0.0.1:0", "--entities=ture"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--entities"));
}

#[test]
fn makes_keys_that_open_what_they_sealed() {
    let folder = TempDir::new().unwrap();
    let (key, other) = (new_key(folder.path()), new_key(folder.path()));
    assert_ne!(key, other);
    let sealer = Sealer::new(&key.parse().unwrap(), None);
    let sealed = sealer.seal(r#"{"email":"A@b.c"}"#, gateway::now()).unwrap().payload;
    let two = format!("{sealed}\n{{\n  \"id\": 10.10 }}\n");
    let output = with_key(&key, folder.path(), &["unseal"], &two);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "{\"email\":\"a@b.c\"}\n{\n  \"id\": 10.10 }\n"
    );
    for (key, input, expect) in [
        (
            &*other,
            &*sealed,
            "entity 1: email is encrypted already, and not with the key",
        ),
        (
            &*key,
            r#"{} {"phone":"+16502530000"}"#,
            "entity 2: phone is not encrypted",
        ),
        (&*key, "{", "entity 1"),
    ] {
        let output = with_key(key, folder.path(), &["unseal"], input);
        let said = String::from_utf8_lossy(&output.stderr).replace("\n\nCaused by:\n    ", ": ");
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(expect), "{expect:?} is not in: {said}");
    }
    for (key, expect) in [("", "FERNET_KEY (--fernet-key) is missing"), ("x", "is no Fernet key")] {
        check_usage(&with_key(key, folder.path(), &["unseal"], "{}"), &[expect]);
    }
}

/// A second key, a third, and the first two no more.
#[test]
fn key_may_begin_with_a_hyphen() {
    let folder = TempDir::new().unwrap();
    let key = format!("-{}=", "A".repeat(42));
    let output = clickpath(folder.path(), &["unseal", "--fernet-key", &key]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn keys_are_changed_without_losing_a_join() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (new_key(folder.path()), new_key(folder.path()));
    let both = format!("{new},{old}");
    let send = |pipeline: &Pipeline| pipeline.sends(&["entities", "publish", "customers", "purchases"]);
    let start = |folder, keys: &str| {
        Pipeline::within(
            folder,
            &["--entities", "--fernet-key", keys, "--loader-batch-age-ms=200"],
        )
    };
    let pipeline = start(folder, &old);
    assert!(
        clickpath(pipeline.path(), &["entities", "generate", "--users=1"])
            .status
            .success()
    );
    let customers = files(&pipeline.path().join("data/customers"));
    send(&pipeline);
    let number = customers.len().to_string();
    pipeline.wait_until("SELECT count() FROM customers_raw", &number);
    pipeline.wait_until("SELECT count() >= 200 FROM purchases_raw", "1");
    let state = "SELECT groupBitXor(cityHash64(stream, key, version, digest, email_hash, phone_hash, received_at)) FROM entities FINAL";
    let before = pipeline.sql(state);
    let folder = pipeline.stop();

    let pipeline = start(folder, &both);
    let reseal = |keys: &str, arguments: &[&str]| {
        let always = ["reseal", "--clickhouse-url", &pipeline.clickhouse()];
        with_key(keys, pipeline.path(), &[&always, arguments].concat(), "")
    };
    let wrong = reseal(&new, &["--dry-run"]);
    check_failure(&wrong, &["not with the key used here", "not in FERNET_KEY"]);
    let payloads = "SELECT groupBitXor(cityHash64(stream, key, payload)) FROM entities";
    let stored = pipeline.sql(payloads);
    let planned = reseal(&both, &["--dry-run"]);
    let planned = String::from_utf8_lossy(&planned.stdout).into_owned();
    assert!(
        planned.starts_with("would seal ") && !planned.starts_with("would seal 0 "),
        "{planned}"
    );
    check_failure(&reseal(&new, &[]), &["not in FERNET_KEY"]);
    assert_eq!(pipeline.sql(payloads), stored, "neither changes anything");
    let sealed = reseal(&both, &[]);
    assert_eq!(sealed.status.code(), Some(0), "{sealed:?}");
    assert!(
        String::from_utf8_lossy(&sealed.stdout).ends_with("left: 0\n"),
        "{sealed:?}"
    );
    assert_eq!(pipeline.sql(state), before, "hashes, digests and versions stay");
    let opened = |keys: &str| {
        let stored = pipeline.sql("SELECT payload FROM customers_raw FORMAT TSVRaw");
        let plain = with_key(keys, pipeline.path(), &["unseal"], &stored);
        plain.status.success().then(|| {
            let plain = Deserializer::from_slice(&plain.stdout).into_iter();
            by_id(plain.map(Result::unwrap))
        })
    };
    assert_eq!((opened(&new), opened(&old)), (Some(customers), None));
    let audit = "SELECT arrayStringConcat(groupArray(outcome), ' ') FROM
        (SELECT outcome FROM audit WHERE action = 'reseal' ORDER BY at, outcome)";
    assert_eq!(pipeline.sql(audit), "begun left begun done");
    let tokens = "SELECT count() = uniqExact(stream, site, key) FROM entities";
    assert_eq!(pipeline.sql(tokens), "1", "no row of the old key is left behind");
    // What is published again is known, and leaves no trace.
    send(&pipeline);
    let unchanged = format!("clickpath_loader_entities_total{{stream=\"customers\",outcome=\"unchanged\"}} {number}");
    pipeline.wait_for_metric(&unchanged);
    assert_eq!(pipeline.sql(state), before);
    let again = reseal(&both, &[]);
    assert!(
        String::from_utf8_lossy(&again.stdout).starts_with("sealed 0 of"),
        "{again:?}"
    );

    let retired = reseal(&both, &["--retire-older"]);
    assert_eq!(retired.status.code(), Some(0), "{retired:?}");
    assert_ne!(pipeline.sql(state), before);
    let folder = pipeline.stop();
    let pipeline = start(folder, &new);
    let retired = pipeline.sql(state);
    send(&pipeline);
    pipeline.wait_for_metric(&unchanged);
    assert_eq!(pipeline.sql(state), retired);
    let joined = "SELECT uniqExact(p.key) > 0 FROM purchases_raw AS p JOIN customers_raw AS c ON p.email_hash = c.email_hash WHERE p.email_hash != ''";
    assert_eq!(pipeline.sql(joined), "1");
    pipeline.stop();
}

#[test]
fn malformed_key_is_named_by_its_place() {
    let folder = TempDir::new().unwrap();
    let (key, broken) = (new_key(folder.path()), "hunter2-is-no-key");
    for command in [&["gateway", "--listen", "127.0.0.1:0", "--entities"][..], &["unseal"]] {
        let output = with_key(&format!("{key},{broken}"), folder.path(), command, "");
        check_usage(
            &output,
            &["is no Fernet key", "key 2 of 2: it has 17 characters and must have 44"],
        );
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("hunter2") && !said.contains(&key[..10]), "{said}");
    }
}

/// Every customer's file, and what is stored of it.
#[test]
fn stored_addresses_are_those_of_the_files() {
    let folder = TempDir::new().unwrap();
    let key = new_key(folder.path());
    let pipeline = Pipeline::start(&["--entities", "--fernet-key", &key, "--loader-batch-age-ms=200"]);
    assert!(
        clickpath(pipeline.path(), &["entities", "generate", "--users=1"])
            .status
            .success()
    );
    let files = files(&pipeline.path().join("data/customers"));
    pipeline.sends(&["entities", "publish", "customers"]);
    pipeline.wait_until("SELECT count() FROM customers_raw", &files.len().to_string());
    let stored = pipeline.sql("SELECT payload FROM customers_raw FORMAT TSVRaw");
    assert!(!stored.contains('@') && stored.contains("gAAAAA"), "{stored}");
    let plain = with_key(&key, folder.path(), &["unseal"], &stored);
    assert!(plain.status.success(), "{}", String::from_utf8_lossy(&plain.stderr));
    let plain = Deserializer::from_slice(&plain.stdout).into_iter();
    assert_eq!(by_id(plain.map(Result::unwrap)), files);
    pipeline.stop();
}

/// Every customer as it should be stored, by its id.
fn files(folder: &Path) -> BTreeMap<String, Value> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let customers = json.map(|path| {
        let mut customer: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let contact = |name: &str| customer["contact"][name].as_str().unwrap().to_owned();
        let (email, phone) = (contact("email"), contact("phone"));
        let phone = phone.replace("(0)", "");
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        customer["contact"]["email"] = email.trim().to_lowercase().into();
        customer["contact"]["phone"] = format!("+{digits}").into();
        customer
    });
    let files = by_id(customers);
    assert!(files.len() >= 45, "{}", files.len());
    files
}

fn by_id(customers: impl Iterator<Item = Value>) -> BTreeMap<String, Value> {
    let id = |customer: &Value| customer["customer_id"].to_string();
    customers.map(|customer| (id(&customer), customer)).collect()
}
