use super::*;

fn parse(text: &str) -> Result<Sites, String> {
    let file = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    Sites::new(file).map_err(|error| error.to_string())
}

#[track_caller]
fn refuses(text: &str, message: &str) {
    let error = parse(text).expect_err("must be refused");
    assert!(error.contains(message), "{error}");
}

#[test]
fn reads_sites_and_their_origins() {
    let sites = parse(
        r#"default_site = "blog"
        [[site]]
        name = "shop"
        base_url = "https://shop.example"
        origins = ["https://www.shop.example"]
        max_age_days = 2
        [[site]]
        name = "blog"
        base_url = "https://blog.example/"
        origins = ["*"]"#,
    )
    .unwrap();
    let shop = sites.get(sites.find("shop").unwrap());
    assert_eq!(shop.rules().max_age_ms, Some(2 * DAY_MS));
    assert_eq!(shop.base_url, "https://shop.example/");
    assert!(shop.allows("https://www.shop.example") && shop.allows("https://shop.example"));
    assert!(!shop.allows("https://blog.example") && !shop.allows("null"));
    assert!(sites.get(sites.default_site().unwrap()).allows("null"));
}

#[test]
fn listed_keys_are_required() {
    let site = |name: &str, rest: &str| {
        format!("[[site]]\nname = \"{name}\"\nbase_url = \"https://{name}.example\"\norigins = [\"*\"]\n{rest}\n")
    };
    let text = [
        site("keyed", r#"keys = ["0123456789abcdef", "fedcba9876543210"]"#),
        site("other", r#"keys = ["fedcba9876543210"]"#),
        site("moving", "keys = [\"moving-0123456789\"]\nrequire_key = false"),
    ];
    let sites = parse(&text.concat()).unwrap();
    let barrier = |name: &str, pass| sites.get(sites.find(name).unwrap()).barrier(None, pass);
    let table = [
        ("keyed", Pass::None, true),
        ("keyed", Pass::Key(0), false),
        ("keyed", Pass::Key(1), false),
        ("keyed", Pass::Key(2), true),
        ("keyed", Pass::Every, false),
        ("other", Pass::Key(0), true),
        ("other", Pass::Key(1), false),
        ("moving", Pass::None, false),
        ("moving", Pass::Key(0), false),
    ];
    for (name, pass, barred) in table {
        assert_eq!(barrier(name, pass), barred.then_some(Barrier::Key), "{name} {pass:?}");
    }
    refuses(
        &site("a", "keys = [\"0123456789abcdef\", \"short\"]"),
        "key number 2 must have",
    );
    refuses(&site("a", "require_key = true"), "require_key without keys");
}

#[test]
fn demo_has_an_address_that_opens() {
    let base_url = |listen: &str| Sites::demo(listen.parse().unwrap()).sites[0].base_url.clone();
    assert_eq!(base_url("127.0.0.1:81"), "http://127.0.0.1:81/shop/");
    assert_eq!(base_url("0.0.0.0:81"), "http://localhost:81/shop/");
    assert_eq!(base_url("[::]:81"), "http://localhost:81/shop/");
}

#[test]
fn refuses_what_it_does_not_understand() {
    let site = |rest: &str| format!("[[site]]\nname = \"a\"\nbase_url = \"https://a.example\"\n{rest}");
    refuses("", "names no [[site]]");
    refuses(&site("origins = [\"*\"]\norigin = 1"), "unknown field `origin`");
    refuses(&site("origins = [\"a.example\"]"), "must be \"*\" or look like");
    refuses(
        &site("origins = [\"https://a.example/x\"]"),
        "must be \"*\" or look like",
    );
    refuses(&site("origins = []\nmax_age_days = 0"), "max_age_days");
    refuses(&site(""), "missing field `origins`");
    refuses(
        &format!("default_site = \"b\"\n{}", site("origins = []")),
        "default_site \"b\"",
    );
    refuses(&format!("{0}\n{0}", site("origins = []")), "named twice");
    refuses(
        "[[site]]\nname = \"a b\"\nbase_url = \"https://a\"\norigins = []",
        "name must be",
    );
    refuses(
        "[[site]]\nname = \"a\"\nbase_url = \"/shop/\"\norigins = []",
        "absolute http",
    );
}
