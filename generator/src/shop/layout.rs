//! Where the elements lie on the page, by the width of the viewport: the shop's grid in round numbers.

use super::Page;

/// CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Viewport {
    pub width: u32,
    pub height: u32,
}

/// CSS pixels: left and top edge in the page, width, height.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A kind of place on a page; the number counts along its row or grid.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Slot {
    CartLink,
    SearchField,
    Category(u32),
    HeroLink,
    Card(u32),
    QuickAdd(u32),
    Related(u32),
    AddToCart,
    QuantityPlus,
    ViewCart,
    CartLine(u32),
    CartRemove(u32),
    /// The button that the page is about: check out, place the order, pay.
    Main,
    /// The quiet link beside it.
    Beside,
    OrderStatus,
}

const HEADER: u32 = 132;
const FOOTER: u32 = 380;
const CARD_HEIGHT: u32 = 420;
const HERO: u32 = 430;
/// Products on the catalogue's shelves.
const CARDS: u32 = 20;

impl Viewport {
    fn is_narrow(self) -> bool {
        self.width < 640
    }

    fn columns(self) -> u32 {
        match self.width {
            ..640 => 2,
            640..1_000 => 3,
            _ => 4,
        }
    }

    /// Left edge and width of the page's column, at most 1,152 wide.
    fn column(self) -> (u32, u32) {
        let width = (self.width - 32).min(1_152);
        ((self.width - width) / 2, width)
    }

    pub(crate) fn page_height(self, page: Page) -> u32 {
        let content = match page {
            Page::Home => HERO + CARDS.div_ceil(self.columns()) * CARD_HEIGHT + 300,
            Page::Catalogue(None) => CARDS.div_ceil(self.columns()) * CARD_HEIGHT + 730,
            Page::Catalogue(Some(_)) | Page::Search(_) => 4_u32.div_ceil(self.columns()) * CARD_HEIGHT + 80,
            Page::Product(_) if self.is_narrow() => 1_500,
            Page::Product(_) => 1_120,
            Page::Cart | Page::Checkout | Page::Payment(_) | Page::Order(_) => 760,
        };
        (HEADER + content + FOOTER).max(self.height)
    }

    pub(crate) fn area(self, slot: Slot) -> Area {
        let (left, width) = self.column();
        let row = |top: u32, height: u32| area(left, top, width, height);
        let two_thirds = if self.is_narrow() { 0 } else { width * 62 / 100 };
        match slot {
            Slot::CartLink => area(left + width - 90, 24, 90, 40),
            Slot::SearchField => area(left + width / 3, 24, width / 3, 40),
            Slot::Category(number) => area(left + number * (width / 6), 84, width / 6 - 8, 32),
            Slot::HeroLink => area(left + 48.min(width / 10), HEADER + 260, 220, 48),
            Slot::Card(position) => self.card(position, 0, CARD_HEIGHT - 90),
            Slot::QuickAdd(position) => {
                let card = self.card(position, CARD_HEIGHT - 80, 40);
                area(card.left + card.width - 72, card.top, 72, 40)
            }
            Slot::Related(position) => self.card(position, 640, CARD_HEIGHT - 90),
            Slot::AddToCart => area(left + two_thirds, HEADER + self.below_picture() + 300, 180, 48),
            Slot::QuantityPlus => area(left + two_thirds + 88, HEADER + self.below_picture() + 240, 44, 44),
            Slot::ViewCart => area(left + two_thirds, HEADER + self.below_picture() + 360, 140, 32),
            Slot::CartLine(line) => area(left + 112, HEADER + 90 + line * 130, width / 3, 32),
            Slot::CartRemove(line) => area(left + 260, HEADER + 156 + line * 130, 72, 32),
            Slot::Main => area(
                left + two_thirds,
                HEADER + 330 + self.below_picture(),
                240.min(width),
                48,
            ),
            Slot::Beside => area(left + two_thirds, HEADER + 400 + self.below_picture(), 180, 28),
            Slot::OrderStatus => row(HEADER + 40, 56),
        }
    }

    /// On a phone the second column stands below the first.
    fn below_picture(self) -> u32 {
        if self.is_narrow() { 340 } else { 0 }
    }

    fn card(self, position: u32, down: u32, height: u32) -> Area {
        let (left, width) = self.column();
        let columns = self.columns();
        let step = width / columns;
        let (row, column) = (position / columns, position % columns);
        area(
            left + column * step,
            HEADER + 60 + row * CARD_HEIGHT + down,
            step - 24,
            height,
        )
    }
}

const fn area(left: u32, top: u32, width: u32, height: u32) -> Area {
    Area {
        left,
        top,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_lies_on_the_page() {
        for (width, height) in [(360, 780), (390, 844), (820, 1_180), (1_280, 720), (1_920, 1_080)] {
            let viewport = Viewport { width, height };
            let home = viewport.page_height(Page::Home);
            for slot in [
                Slot::CartLink,
                Slot::SearchField,
                Slot::Category(5),
                Slot::HeroLink,
                Slot::Card(19),
                Slot::QuickAdd(19),
                Slot::AddToCart,
                Slot::QuantityPlus,
                Slot::ViewCart,
                Slot::CartLine(2),
                Slot::CartRemove(2),
                Slot::Main,
                Slot::Beside,
                Slot::OrderStatus,
            ] {
                let area = viewport.area(slot);
                assert!(area.left + area.width <= width, "{slot:?} on {viewport:?}: {area:?}");
                assert!(area.top + area.height <= home, "{slot:?} on {viewport:?}: {area:?}");
                assert!(
                    area.width >= 28 && area.height >= 28,
                    "{slot:?} on {viewport:?}: {area:?}"
                );
            }
        }
    }
}
