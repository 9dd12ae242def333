//! Where labels go so that each can be read.

use crate::anchor::Area;

/// Between a label and what it must not touch, CSS pixels.
const GAP: f64 = 2.0;

/// A label of this size for this box.
pub(crate) struct Wanted {
    pub(crate) of: Area,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// The corner of each label in the viewport; `None` where there is no room. Those that come first get the better place.
pub(crate) fn arrange(labels: &[Wanted], viewport: Area) -> Vec<Option<(f64, f64)>> {
    let mut taken: Vec<Area> = Vec::new();
    let find = |label: &Wanted| {
        let fits = |(left, top): &(f64, f64)| {
            let area = Area {
                left: left - GAP,
                top: top - GAP,
                width: label.width + 2.0 * GAP,
                height: label.height + 2.0 * GAP,
            };
            is_inside(&area, &viewport) && !taken.iter().any(|other| other.meets(&area))
        };
        let (left, top) = corners(label, &viewport).into_iter().find(fits)?;
        taken.push(Area {
            left,
            top,
            width: label.width,
            height: label.height,
        });
        Some((left, top))
    };
    labels.iter().map(find).collect()
}

/// On the upper edge, inside above, inside below, on the lower edge; each at the left and at the right.
fn corners(Wanted { of, width, height }: &Wanted, viewport: &Area) -> Vec<(f64, f64)> {
    if !of.meets(viewport) {
        return Vec::new();
    }
    let tops = [
        of.top - height / 2.0,
        of.top + GAP,
        of.bottom() - height - GAP,
        of.bottom() - height / 2.0,
        of.top - height - GAP,
        of.bottom() + GAP,
    ];
    let lefts = [
        of.left + GAP,
        of.right() - width - GAP,
        of.left + (of.width - width) / 2.0,
    ];
    // Wide boxes at the viewport's edge keep their label in sight.
    let kept = |left: f64| {
        left.min(viewport.right() - width - 2.0 * GAP)
            .max(viewport.left + 2.0 * GAP)
    };
    let column = |top: f64| lefts.map(|left| (kept(left), top));
    tops.into_iter().flat_map(column).collect()
}

fn is_inside(area: &Area, viewport: &Area) -> bool {
    area.left >= viewport.left
        && area.right() <= viewport.right()
        && area.top >= viewport.top
        && area.bottom() <= viewport.bottom()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWPORT: Area = Area {
        left: 0.0,
        top: 0.0,
        width: 400.0,
        height: 300.0,
    };

    fn wanted(left: f64, top: f64) -> Wanted {
        Wanted {
            of: Area {
                left,
                top,
                width: 100.0,
                height: 40.0,
            },
            width: 60.0,
            height: 16.0,
        }
    }

    #[test]
    fn sits_on_the_upper_edge() {
        assert_eq!(arrange(&[wanted(50.0, 100.0)], VIEWPORT), [Some((52.0, 92.0))]);
    }

    #[test]
    fn never_covers_another() {
        let labels: Vec<Wanted> = (0..12).map(|step| wanted(50.0 + f64::from(step), 100.0)).collect();
        let placed: Vec<Area> = arrange(&labels, VIEWPORT)
            .into_iter()
            .flatten()
            .map(|(left, top)| Area {
                left,
                top,
                width: 60.0,
                height: 16.0,
            })
            .collect();
        assert!(placed.len() >= 3, "{}", placed.len());
        for (index, one) in placed.iter().enumerate() {
            assert!(!placed[..index].iter().any(|other| other.meets(one)), "{placed:?}");
        }
    }

    #[test]
    fn what_is_out_of_sight_has_none() {
        assert_eq!(
            arrange(&[wanted(50.0, 900.0), wanted(-300.0, 10.0)], VIEWPORT),
            [None, None]
        );
    }

    #[test]
    fn stays_in_the_viewport() {
        let [Some((left, top))] = arrange(&[wanted(350.0, -5.0)], VIEWPORT)[..] else {
            panic!("no place");
        };
        assert!(left + 60.0 <= 400.0 && top >= 0.0, "{left} {top}");
    }
}
