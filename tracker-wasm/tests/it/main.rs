//! What the page's side must share with the server.

/// The parameters that may leave any page.
const ORIGIN: &str = include_str!("../../host/origin.js");

#[test]
fn keeps_what_the_server_reads_campaigns_from() {
    let (_, after) = ORIGIN.split_once("/^(?:utm_.*|").unwrap();
    let (names, _) = after.split_once(")$/").unwrap();
    assert!(names.split('|').count() > 15, "{names}");
    for name in names.split('|') {
        let url = ["https://s.example/?", name, "=1"].concat();
        let (channel, _) = event::channel::attribute(&url, "", "https://s.example/");
        assert_ne!(channel, event::Channel::Direct, "{name} tells the server nothing");
    }
}
