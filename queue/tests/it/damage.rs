use std::path::{Path, PathBuf};

use proptest::prelude::*;
use queue::{Route, Settings};

use crate::support::{drain, group, ids, open};

#[derive(Debug, Clone)]
enum Damage {
    /// The file ends here.
    Cut(usize),
    /// These bits are turned over.
    Flip(Vec<(usize, u8)>),
    /// This stretch holds something else.
    Overwrite(usize, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let offset = 0..FILE_BYTES;
    prop_oneof![
        offset.clone().prop_map(Damage::Cut),
        prop::collection::vec((offset.clone(), 0u8..8), 1..4).prop_map(Damage::Flip),
        (offset, prop::collection::vec(any::<u8>(), 1..300)).prop_map(|(at, bytes)| Damage::Overwrite(at, bytes)),
    ]
}

const GROUPS: u64 = 12;
/// Bytes of the record of group `number`.
fn record_bytes(number: u64) -> usize {
    36 + 16 + filling(number)
}
fn filling(number: u64) -> usize {
    (number * 37 % 200) as usize
}
const FILE_BYTES: usize = 12 * 52 + 1_042;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// No panic, no wrong bytes, and each record that the damage did not touch is delivered, before it and behind it.
    #[test]
    fn damage_costs_only_what_it_touches(damage in damage()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let settings = Settings::embedded(folder.path());
            publish_all(&settings).await;
            let segment = only_segment(folder.path());
            let touched = apply(&damage, &segment);
            let (publisher, mut consumer) = open(&settings).await;
            publisher.publish(Route::Events, group(GROUPS, 10)).await.unwrap();
            let delivered = ids(&drain(&mut consumer, group(GROUPS, 0).id).await);
            let untouched = (0..GROUPS).filter(|&number| !touched[number as usize]);
            let expected: Vec<_> = untouched.chain([GROUPS]).map(|number| group(number, 0).id).collect();
            prop_assert_eq!(delivered, expected);
            let damaged = std::fs::read(&segment).unwrap();
            prop_assert!(is_kept(folder.path(), &segment, &damaged, &touched_stretches(&touched)));
            Ok(())
        })?;
    }
}

/// Where records are damaged and a whole one follows: what stands there is no unfinished write.
fn touched_stretches(touched: &[bool]) -> Vec<std::ops::Range<usize>> {
    let mut stretches = Vec::new();
    let mut start = 0;
    for (number, is_touched) in touched.iter().enumerate() {
        let end = start + record_bytes(number as u64);
        if *is_touched && touched[number..].contains(&false) {
            stretches.push(start..end);
        }
        start = end;
    }
    stretches
}

/// Whether all bytes of these stretches of the segment lie in the folder `damaged`.
fn is_kept(folder: &Path, segment: &Path, bytes: &[u8], stretches: &[std::ops::Range<usize>]) -> bool {
    let stem = segment.file_stem().unwrap().to_str().unwrap();
    let kept: Vec<(usize, Vec<u8>)> = kept(folder)
        .into_iter()
        .filter_map(|(name, kept)| {
            let offset = name.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix(".bytes")?;
            Some((offset.parse().unwrap(), kept))
        })
        .collect();
    let is_right = |(offset, kept): &(usize, Vec<u8>)| bytes[*offset..].starts_with(kept);
    let covers = |at: usize| {
        kept.iter()
            .any(|(offset, kept)| (*offset..offset + kept.len()).contains(&at))
    };
    kept.iter().all(is_right) && stretches.iter().cloned().flatten().all(covers)
}

/// Names and bytes of the files in the folder `damaged`.
fn kept(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(files) = std::fs::read_dir(folder.join("damaged")) else {
        return Vec::new();
    };
    files
        .map(|file| file.unwrap())
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                std::fs::read(file.path()).unwrap(),
            )
        })
        .collect()
}

/// What happens to a folder of several segments while nobody has it open.
#[derive(Debug, Clone)]
enum Mishap {
    /// One byte of one segment is another; segment and offset by shares of what there is.
    Flip(usize, usize),
    /// The rest of one segment is gone.
    Cut(usize, usize),
    /// Two segments have each other's bytes.
    Swap(usize, usize),
    /// A file that is none of the queue's, under a name that could be.
    Foreign(u64, u32, Vec<u8>),
    /// One under a name that could not be.
    Stray(String, Vec<u8>),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    let share = || 0usize..10_000;
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        (share(), share()).prop_map(|(segment, at)| Mishap::Flip(segment, at)),
        (share(), share()).prop_map(|(segment, at)| Mishap::Cut(segment, at)),
        (share(), share()).prop_map(|(one, other)| Mishap::Swap(one, other)),
        (prop_oneof![0u64..150, any::<u64>()], any::<u32>(), bytes())
            .prop_map(|(first, marker, bytes)| Mishap::Foreign(first, marker, bytes)),
        ("[a-z0-9-]{1,12}\\.(log|tmp|bytes)", bytes()).prop_map(|(name, bytes)| Mishap::Stray(name, bytes)),
    ]
}

const MANY: u64 = 120;

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// No panic, everything that still stands somewhere under its own name is delivered once and in order, and the log
    /// goes on; what does not read is kept.
    #[test]
    fn mishaps_cost_only_what_they_touch(mishaps in prop::collection::vec(mishap(), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            // Segments of 4 KiB, and no fsync to wait for.
            let settings = Settings {
                queue_max_bytes: 64 * 1024,
                queue_fsync: queue::Fsync::Interval,
                ..Settings::embedded(folder.path())
            };
            {
                let publisher = queue::open_publisher(&settings).await.unwrap();
                for number in 0..MANY {
                    publisher.publish(Route::Events, group(number, filling(number))).await.unwrap();
                }
            }
            let before = contents(folder.path());
            prop_assert!(before.len() > 3, "{} segments", before.len());
            mishaps.iter().for_each(|mishap| happen(mishap, folder.path()));
            let after = contents(folder.path());
            let (intact, stretches) = compare(&before, &after);
            let expected: Vec<_> = intact.into_iter().chain([group(MANY, 0).id]).collect();
            let (publisher, mut consumer) = open(&settings).await;
            publisher.publish(Route::Events, group(MANY, 10)).await.unwrap();
            let mut delivered = Vec::new();
            loop {
                let delivery = crate::support::next(&mut consumer).await;
                delivered.push(delivery.group.id);
                // Acknowledging removes files while the reader is among them.
                consumer.acknowledge(delivery.tag).await.unwrap();
                if delivery.group.id == group(MANY, 0).id {
                    break;
                }
            }
            prop_assert_eq!(delivered, expected);
            prop_assert_eq!(consumer.backlog().await.unwrap(), 0);
            for (segment, stretches) in stretches {
                prop_assert!(is_kept(folder.path(), &segment, &after[&segment], &stretches), "{}", segment.display());
            }
            for mishap in &mishaps {
                if let Mishap::Foreign(first, marker, bytes) = mishap && !may_be_unfinished(*first, *marker, bytes) {
                    let all = format!("{first:020}-{marker:08x}-0.bytes");
                    prop_assert!(kept(folder.path()).contains(&(all, bytes.clone())));
                }
            }
            Ok(())
        })?;
    }
}

/// Of each segment.
type Stretches = Vec<(PathBuf, Vec<std::ops::Range<usize>>)>;
type Contents = std::collections::BTreeMap<PathBuf, Vec<u8>>;

fn contents(folder: &Path) -> Contents {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let segments = paths.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    segments
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

/// Groups whose record stands where it stood, and where in each segment others are damaged.
fn compare(before: &Contents, after: &Contents) -> (Vec<uuid::Uuid>, Stretches) {
    let mut number = 0;
    let (mut ids, mut damaged) = (Vec::new(), Vec::new());
    for (path, bytes) in before {
        let (mut start, mut stretches, mut behind_whole) = (0, Vec::new(), 0);
        while start < bytes.len() {
            let range = start..start + record_bytes(number);
            start = range.end;
            if after.get(path).and_then(|after| after.get(range.clone())) == bytes.get(range.clone()) {
                ids.push(group(number, 0).id);
                behind_whole = stretches.len();
            } else {
                stretches.push(range);
            }
            number += 1;
        }
        // Without a whole record behind it, it may be an unfinished write.
        stretches.truncate(behind_whole);
        damaged.push((path.clone(), stretches));
    }
    assert_eq!(number, MANY);
    (ids, damaged)
}

/// The beginning of a record, or zeros; a name with such a number is none of the queue's.
fn may_be_unfinished(first: u64, marker: u32, bytes: &[u8]) -> bool {
    let begins = bytes
        .iter()
        .zip(marker.to_le_bytes())
        .all(|(byte, expected)| *byte == expected);
    begins || bytes.iter().all(|&byte| byte == 0) || first > u64::MAX / 2
}

fn happen(mishap: &Mishap, folder: &Path) {
    let segments: Vec<(PathBuf, Vec<u8>)> = contents(folder)
        .into_iter()
        .filter(|(_, bytes)| bytes.len() > 1_000)
        .collect();
    let pick = |share: usize| segments[share % segments.len()].clone();
    match mishap {
        _ if segments.is_empty() => {}
        Mishap::Flip(segment, at) => {
            let (path, mut bytes) = pick(*segment);
            let at = at % bytes.len();
            bytes[at] ^= 0x40;
            std::fs::write(path, bytes).unwrap();
        }
        Mishap::Cut(segment, at) => {
            let (path, bytes) = pick(*segment);
            std::fs::write(path, &bytes[..at % bytes.len()]).unwrap();
        }
        Mishap::Swap(one, other) => {
            let ((one, of_one), (other, of_other)) = (pick(*one), pick(*other));
            std::fs::write(one, of_other).unwrap();
            std::fs::write(other, of_one).unwrap();
        }
        Mishap::Foreign(first, marker, bytes) => {
            std::fs::write(folder.join(format!("{first:020}-{marker:08x}.log")), bytes).unwrap();
        }
        Mishap::Stray(name, bytes) => std::fs::write(folder.join(name), bytes).unwrap(),
    }
}

#[tokio::test]
async fn short_foreign_last_file_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    publish_all(&settings).await;
    std::fs::write(folder.path().join("00000000000000000500-0badcafe.log"), "not ours").unwrap();
    let (publisher, mut consumer) = open(&settings).await;
    publisher.publish(Route::Events, group(GROUPS, 10)).await.unwrap();
    let delivered = drain(&mut consumer, group(GROUPS, 0).id).await;
    assert_eq!(delivered.len(), GROUPS as usize + 1);
    let name = "00000000000000000500-0badcafe-0.bytes".to_owned();
    assert_eq!(kept(folder.path()), [(name, b"not ours".to_vec())]);
}

#[tokio::test]
async fn damaged_stretch_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    publish_all(&settings).await;
    let segment = only_segment(folder.path());
    apply(&Damage::Flip(vec![(record_bytes(0) + 40, 3)]), &segment);
    let bytes = std::fs::read(&segment).unwrap();
    let (publisher, mut consumer) = open(&settings).await;
    let delivered = drain(&mut consumer, group(GROUPS - 1, 0).id).await;
    assert_eq!(delivered.len(), GROUPS as usize - 1);
    assert_eq!(publisher.damaged(), 1);
    let kept: Vec<PathBuf> = std::fs::read_dir(folder.path().join("damaged"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        std::fs::read(&kept[0]).unwrap(),
        bytes[record_bytes(0)..record_bytes(0) + record_bytes(1)]
    );
}

#[tokio::test]
async fn damaged_offset_delivers_everything_again() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    {
        let (publisher, mut consumer) = open(&settings).await;
        for number in 0..3 {
            publisher.publish(Route::Events, group(number, 10)).await.unwrap();
        }
        let deliveries = drain(&mut consumer, group(1, 0).id).await;
        consumer.acknowledge(deliveries[1].tag).await.unwrap();
    }
    std::fs::write(folder.path().join("acknowledged"), [7; 5_000]).unwrap();
    let (_publisher, mut consumer) = open(&settings).await;
    assert_eq!(drain(&mut consumer, group(2, 0).id).await.len(), 3);
}

async fn publish_all(settings: &Settings) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    for number in 0..GROUPS {
        publisher
            .publish(Route::Events, group(number, filling(number)))
            .await
            .unwrap();
    }
}

fn only_segment(folder: &Path) -> PathBuf {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut segments = names.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    let segment = segments.next().unwrap();
    assert!(segments.next().is_none());
    segment
}

/// Damages the file; says for each record whether a byte of it is another than before.
fn apply(damage: &Damage, segment: &Path) -> Vec<bool> {
    let before = std::fs::read(segment).unwrap();
    assert_eq!(before.len(), FILE_BYTES);
    let mut after = before.clone();
    match damage {
        Damage::Cut(at) => after.truncate(*at),
        Damage::Flip(bits) => bits.iter().for_each(|(at, bit)| after[*at] ^= 1 << bit),
        Damage::Overwrite(at, bytes) => after
            .iter_mut()
            .skip(*at)
            .zip(bytes)
            .for_each(|(byte, other)| *byte = *other),
    }
    std::fs::write(segment, &after).unwrap();
    let mut start = 0;
    let records = (0..GROUPS).map(|number| {
        let range = start..start + record_bytes(number);
        start = range.end;
        after.get(range.clone()) != before.get(range)
    });
    records.collect()
}
