use uuid::Uuid;

use super::generation::Generation;
use super::{Seen, Window};

fn warm(window: &mut Window, ids: impl IntoIterator<Item = u128>, complete: bool) {
    let mut warming = window.warming();
    ids.into_iter()
        .for_each(|id| warming.add("shop", Uuid::from_u128(id), id as i64));
    warming.finish(complete);
}

fn insert(window: &mut Window, ids: impl IntoIterator<Item = u128>) -> Vec<Seen> {
    let insert = |id| window.insert("shop", Uuid::from_u128(id), id as i64);
    ids.into_iter().map(insert).collect()
}

fn known(window: &mut Window, id: u128) -> bool {
    let mark = window.mark();
    let seen = insert(window, [id])[0];
    window.undo(mark);
    seen != Seen::New
}

#[test]
fn knows_what_it_was_told() {
    let mut window = Window::new(10);
    assert_eq!(insert(&mut window, [1, 2, 1]), [Seen::New, Seen::New, Seen::Batch]);
    window.settle();
    assert_eq!(insert(&mut window, [1, 3]), [Seen::Own, Seen::New]);
    assert_eq!(window.insert("blog", Uuid::from_u128(1), 0), Seen::New);
    assert_eq!(window.insert("shop", Uuid::from_u128(1), 0), Seen::Own);
}

#[test]
fn remembers_as_many_as_it_promises() {
    let mut window = Window::new(100);
    for batch in 0..50u128 {
        insert(&mut window, batch * 30..(batch + 1) * 30);
        window.settle();
        let end = (batch + 1) * 30;
        for id in end.saturating_sub(100)..end {
            assert!(known(&mut window, id), "{id} of {end}");
        }
        assert!(window.young.keys.len() + window.old.keys.len() <= 230);
    }
    assert!(!known(&mut window, 0));
    assert!(window.covers(1_500) && !window.covers(100));
}

#[test]
fn covers_all_until_it_forgets() {
    let mut window = Window::new(100);
    insert(&mut window, 0..100);
    window.settle();
    insert(&mut window, 100..199);
    window.settle();
    assert!(window.covers(0));
    insert(&mut window, 199..200);
    window.settle();
    assert!(!window.covers(99) && window.covers(100));
}

#[test]
fn takes_in_what_the_table_has() {
    let mut window = Window::new(10);
    insert(&mut window, [7]);
    window.settle();
    warm(&mut window, 5..9, false);
    assert_eq!(insert(&mut window, [5, 7, 9]), [Seen::Table, Seen::Own, Seen::New]);
    assert!(!window.covers(5) && window.covers(6));
    warm(&mut window, [], true);
    assert!(window.covers(i64::MIN + 1));
}

#[test]
fn stays_within_its_bounds_however_often_it_is_warmed() {
    let mut window = Window::new(1_000);
    let bytes = |window: &Window| [&window.young, &window.old].map(Generation::bytes);
    let at_first = bytes(&window);
    for turn in 1..20u128 {
        warm(&mut window, (turn * 700..turn * 700 + 1_000).rev(), false);
        insert(&mut window, turn * 700 + 1_000..turn * 700 + 1_600);
        window.settle();
        assert!((turn * 700 + 600..turn * 700 + 1_600).all(|id| known(&mut window, id)));
        assert_eq!(bytes(&window), at_first, "turn {turn}");
    }
}

#[test]
fn undoes_and_forgets() {
    let mut window = Window::new(10);
    insert(&mut window, [1, 2]);
    let mark = window.mark();
    insert(&mut window, [3, 4]);
    window.undo(mark);
    assert_eq!(insert(&mut window, [3, 2]), [Seen::New, Seen::Batch]);
    window.settle();
    window.forget("shop", Uuid::from_u128(2));
    assert_eq!(insert(&mut window, [1, 2, 3]), [Seen::Own, Seen::New, Seen::Own]);
}
