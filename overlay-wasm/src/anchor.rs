//! Where a click belongs on the page as it is laid out now.

use crate::rows::{ClickRow, Place};

/// A box in the viewport, CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// An element's box, and the part of it that the scroll containers around leave in sight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shown {
    pub(crate) whole: Area,
    pub(crate) part: Area,
}

/// The page under the viewport, CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Page {
    pub(crate) width: f64,
    pub(crate) scroll_x: f64,
    pub(crate) scroll_y: f64,
}

/// So many clicks at a point of the viewport.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) clicks: f64,
}

impl Area {
    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// With its edges, and what rounding adds to them.
    fn holds(&self, point: &Point) -> bool {
        const ROUNDING: f64 = 0.5;
        (self.left - ROUNDING..=self.right() + ROUNDING).contains(&point.x)
            && (self.top - ROUNDING..=self.bottom() + ROUNDING).contains(&point.y)
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.left < other.right() && other.left < self.right() && self.top < other.bottom() && other.top < self.bottom()
    }
}

/// The click's point now, or `None` where its element is gone or hidden, or that point scrolled away inside of a container. `boxes` are those of the elements of its name: a name may
/// stand for several, and then the click belongs to the one that is nearest to where it was.
pub(crate) fn place(click: &ClickRow, boxes: &[Shown], page: Page) -> Option<Point> {
    let clicks = click.clicks as f64;
    let zoom = if click.page_w > 0.0 {
        page.width / click.page_w
    } else {
        1.0
    };
    let (was_x, was_y) = (click.page_x * zoom - page.scroll_x, click.page_y - page.scroll_y);
    if click.place == Place::Page {
        return Some(Point {
            x: was_x,
            y: was_y,
            clicks,
        });
    }
    let inside = |Shown { whole: area, part }: &Shown| {
        let (x, y) = match click.place {
            Place::Share => (click.at_x * area.width, click.at_y * area.height),
            // How large it was is not known: it may be smaller now.
            _ => (click.at_x.min(area.width), click.at_y.min(area.height)),
        };
        let point = Point {
            x: area.left + x,
            y: area.top + y,
            clicks,
        };
        (point, part.holds(&point))
    };
    let distance = |point: &Point| (point.x - was_x).hypot(point.y - was_y);
    let points = boxes.iter().map(inside);
    let (point, in_sight) = points.min_by(|(one, _), (other, _)| distance(one).total_cmp(&distance(other)))?;
    in_sight.then_some(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Page = Page {
        width: 1_000.0,
        scroll_x: 0.0,
        scroll_y: 200.0,
    };

    fn click(place: Place, at: (f64, f64)) -> ClickRow {
        ClickRow {
            element_id: "#buy".to_owned(),
            place,
            at_x: at.0,
            at_y: at.1,
            page_x: 450.0,
            page_y: 900.0,
            page_w: 500.0,
            clicks: 2,
        }
    }

    fn area(left: f64, top: f64, width: f64, height: f64) -> Area {
        Area {
            left,
            top,
            width,
            height,
        }
    }

    #[track_caller]
    fn check(click: &ClickRow, boxes: &[Area], expect: Option<(f64, f64)>) {
        let whole = |area: &Area| Shown {
            whole: *area,
            part: *area,
        };
        let boxes: Vec<Shown> = boxes.iter().map(whole).collect();
        let found = place(click, &boxes, PAGE).map(|point| (point.x, point.y));
        assert_eq!(found, expect);
    }

    #[test]
    fn follows_the_element() {
        let middle = click(Place::Share, (0.5, 0.5));
        check(&middle, &[area(10.0, 20.0, 100.0, 40.0)], Some((60.0, 40.0)));
        check(&middle, &[area(300.0, -90.0, 300.0, 20.0)], Some((450.0, -80.0)));
    }

    #[test]
    fn stays_inside_what_became_smaller() {
        let corner = click(Place::Offset, (150.0, 10.0));
        check(&corner, &[area(0.0, 0.0, 200.0, 40.0)], Some((150.0, 10.0)));
        check(&corner, &[area(0.0, 0.0, 100.0, 40.0)], Some((100.0, 10.0)));
    }

    #[test]
    fn belongs_to_the_nearest_of_its_name() {
        let middle = click(Place::Share, (0.5, 0.5));
        let boxes = [
            area(0.0, 0.0, 100.0, 40.0),
            area(850.0, 680.0, 100.0, 40.0),
            area(0.0, 1_400.0, 100.0, 40.0),
        ];
        check(&middle, &boxes, Some((900.0, 700.0)));
    }

    #[test]
    fn gone_elements_have_no_place() {
        check(&click(Place::Share, (0.5, 0.5)), &[], None);
        check(&click(Place::Offset, (1.0, 1.0)), &[], None);
    }

    #[test]
    fn what_is_scrolled_away_in_a_container_has_no_place() {
        let row = Shown {
            whole: area(0.0, 90.0, 100.0, 40.0),
            part: area(0.0, 100.0, 100.0, 30.0),
        };
        assert_eq!(place(&click(Place::Share, (0.5, 0.1)), &[row], PAGE), None);
        let seen = place(&click(Place::Share, (0.5, 0.5)), &[row], PAGE);
        assert_eq!(seen.map(|point| (point.x, point.y)), Some((50.0, 110.0)));
    }

    #[test]
    fn clicks_of_no_element_keep_their_place_on_the_page() {
        check(&click(Place::Page, (450.0, 900.0)), &[], Some((900.0, 700.0)));
    }
}
