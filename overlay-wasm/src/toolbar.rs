//! The operator's controls: what to show, what the colours mean, every element as a row, close.

use std::cell::RefCell;

use gloo::events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlButtonElement, HtmlElement, HtmlSelectElement, KeyboardEvent, ShadowRoot};

use crate::asked::{Asked, Device, Mode, Period};
use crate::density::color;
use crate::nodes::{add, make, rgb, show, text};

/// What the operator did.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    Ask(Asked),
    Again,
    Close,
}

pub(crate) struct Toolbar {
    bar: HtmlElement,
    modes: Vec<(Mode, HtmlElement)>,
    device: HtmlSelectElement,
    period: HtmlSelectElement,
    words: HtmlElement,
    again: HtmlElement,
    scale: HtmlElement,
    ticks: [HtmlElement; 3],
    rows: HtmlElement,
    list: HtmlElement,
    open_list: HtmlElement,
    listeners: RefCell<Vec<EventListener>>,
}

/// One element in the list: its name, numbers, and whether it is on the page now.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) cells: Vec<String>,
    pub(crate) gone: bool,
}

impl Toolbar {
    pub(crate) fn new(root: &ShadowRoot, act: impl Fn(Act) + Copy + 'static) -> Result<Self, JsValue> {
        let bar = make("div", "bar")?;
        bar.set_attribute("role", "region")?;
        bar.set_attribute("aria-label", "Clickpath overlay")?;
        let first = make("div", "row")?;
        let name = text("span", "name", "Clickpath")?;
        first.append_child(&name)?;
        let group = make("span", "modes fold")?;
        group.set_attribute("role", "group")?;
        group.set_attribute("aria-label", "What is shown")?;
        let mut modes = Vec::new();
        for mode in Mode::ALL {
            let button = button(mode.label())?;
            group.append_child(&button)?;
            modes.push((mode, button));
        }
        first.append_child(&group)?;
        let period = choice("Period", Period::ALL.map(|period| (period.name(), period.label())))?;
        let device = choice("Devices", Device::ALL.map(|device| (device.name(), device.label())))?;
        first.append_child(&period)?;
        first.append_child(&device)?;
        let end = make("span", "end")?;
        let open_list = button("List")?;
        open_list.set_class_name("fold");
        open_list.set_attribute("aria-expanded", "false")?;
        let fold = button("–")?;
        fold.set_attribute("aria-label", "Fold the controls")?;
        fold.set_attribute("aria-expanded", "true")?;
        let close = button("✕")?;
        close.set_attribute("aria-label", "Close the overlay")?;
        for one in [&open_list, &fold, &close] {
            end.append_child(one)?;
        }
        first.append_child(&end)?;
        let second = make("div", "row fold")?;
        let (scale, ticks) = scale()?;
        second.append_child(&scale)?;
        let words = make("p", "words")?;
        words.set_attribute("role", "status")?;
        second.append_child(&words)?;
        let again = button("Try again")?;
        show(&again, false)?;
        second.append_child(&again)?;
        let list = make("div", "list fold")?;
        list.set_attribute("tabindex", "0")?;
        list.set_attribute("role", "region")?;
        list.set_attribute("aria-label", "Elements of this page")?;
        show(&list, false)?;
        let rows = make("table", "")?;
        list.append_child(&rows)?;
        for one in [&first, &second, &list] {
            bar.append_child(one)?;
        }
        root.append_child(&bar)?;

        let toolbar = Self {
            bar,
            modes,
            device,
            period,
            words,
            again,
            scale,
            ticks,
            rows,
            list,
            open_list,
            listeners: RefCell::default(),
        };
        toolbar.listen(act, &fold, &close);
        Ok(toolbar)
    }

    fn listen(&self, act: impl Fn(Act) + Copy + 'static, fold: &HtmlElement, close: &HtmlElement) {
        let mut listeners = self.listeners.borrow_mut();
        let asked = {
            let (device, period) = (self.device.clone(), self.period.clone());
            move |asked: Asked| asked.with(None, Some(&device.value()), Some(&period.value()))
        };
        for (mode, button) in &self.modes {
            let (mode, asked) = (*mode, asked.clone());
            let chosen = move |_: &Event| {
                let before = Asked::in_window(0.0);
                act(Act::Ask(Asked { mode, ..asked(before) }));
            };
            listeners.push(EventListener::new(button, "click", chosen));
        }
        for select in [&self.device, &self.period] {
            let asked = asked.clone();
            let buttons = self.modes.clone();
            let chosen = move |_: &Event| {
                let before = Asked::in_window(0.0);
                let pressed = |button: &HtmlElement| button.get_attribute("aria-pressed").as_deref() == Some("true");
                let mode = buttons.iter().find(|(_, button)| pressed(button));
                let mode = mode.map_or(before.mode, |(mode, _)| *mode);
                act(Act::Ask(Asked { mode, ..asked(before) }));
            };
            listeners.push(EventListener::new(select, "change", chosen));
        }
        listeners.push(EventListener::new(&self.again, "click", move |_| act(Act::Again)));
        listeners.push(EventListener::new(close, "click", move |_| act(Act::Close)));
        let escaped = move |event: &Event| {
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
            if key.as_deref() == Some("Escape") {
                act(Act::Close);
            }
        };
        listeners.push(EventListener::new(&self.bar, "keydown", escaped));
        let (list, opener) = (self.list.clone(), self.open_list.clone());
        let opened = move |_: &Event| {
            let open = list.has_attribute("hidden");
            let done = show(&list, open).and_then(|()| opener.set_attribute("aria-expanded", &open.to_string()));
            crate::overlay::check(done);
        };
        listeners.push(EventListener::new(&self.open_list, "click", opened));
        let (bar, folder) = (self.bar.clone(), fold.clone());
        let folded = move |_: &Event| {
            let small = bar.class_list_has("small");
            bar.set_class_name(if small { "bar" } else { "bar small" });
            crate::overlay::check(folder.set_attribute("aria-expanded", &small.to_string()));
        };
        listeners.push(EventListener::new(fold, "click", folded));
    }

    pub(crate) fn asked(&self, asked: Asked) -> Result<(), JsValue> {
        for (mode, button) in &self.modes {
            button.set_attribute("aria-pressed", &(*mode == asked.mode).to_string())?;
        }
        self.device.set_value(asked.device.name());
        self.period.set_value(asked.period.name());
        Ok(())
    }

    /// `state` as [`crate::frame::Told::state`].
    pub(crate) fn say(&self, state: &str, words: &str, scale: &[String]) -> Result<(), JsValue> {
        let small = if self.bar.class_list_has("small") { " small" } else { "" };
        self.bar.set_class_name(&format!("bar {state}{small}"));
        if self.words.text_content().as_deref() != Some(words) {
            self.words.set_text_content(Some(words));
        }
        show(&self.again, state == "failed")?;
        show(&self.scale, !scale.is_empty())?;
        for (tick, text) in self.ticks.iter().zip(scale) {
            tick.set_text_content(Some(text));
        }
        Ok(())
    }

    pub(crate) fn list(&self, titles: &[&str], rows: &[Row]) -> Result<(), JsValue> {
        self.rows.set_text_content(None);
        let head = make("thead", "")?;
        let line = make("tr", "")?;
        for title in titles {
            let cell = text("th", "", title)?;
            cell.set_attribute("scope", "col")?;
            line.append_child(&cell)?;
        }
        head.append_child(&line)?;
        let body = make("tbody", "")?;
        for row in rows {
            let line = make("tr", if row.gone { "gone" } else { "" })?;
            let mark = if row.gone { " (not on this page now)" } else { "" };
            let name = text("th", "", &format!("{}{mark}", row.name))?;
            name.set_attribute("scope", "row")?;
            name.set_attribute("title", &row.name)?;
            line.append_child(&name)?;
            for cell in &row.cells {
                add(&line, "td", cell)?;
            }
            body.append_child(&line)?;
        }
        self.rows.append_child(&head)?;
        self.rows.append_child(&body)?;
        Ok(())
    }
}

trait ClassListHas {
    fn class_list_has(&self, name: &str) -> bool;
}

impl ClassListHas for HtmlElement {
    fn class_list_has(&self, name: &str) -> bool {
        self.class_name().split(' ').any(|one| one == name)
    }
}

fn button(label: &str) -> Result<HtmlElement, JsValue> {
    let button: HtmlButtonElement = text("button", "", label)?.unchecked_into();
    button.set_type("button");
    Ok(button.unchecked_into())
}

fn choice(label: &str, options: [(&str, &str); 4]) -> Result<HtmlSelectElement, JsValue> {
    let select: HtmlSelectElement = make("select", "fold")?.unchecked_into();
    select.set_attribute("aria-label", label)?;
    for (value, label) in options {
        let option = text("option", "", label)?;
        option.set_attribute("value", value)?;
        select.append_child(&option)?;
    }
    Ok(select)
}

fn scale() -> Result<(HtmlElement, [HtmlElement; 3]), JsValue> {
    let scale = make("div", "scale")?;
    let bar = make("i", "")?;
    let stop = |step: u32| rgb(color(f64::from(step) / 8.0), 0.35 + 0.65 * f64::from(step) / 8.0);
    let stops: Vec<String> = (0..=8).map(stop).collect();
    bar.style()
        .set_property("background", &format!("linear-gradient(90deg,{})", stops.join(",")))?;
    scale.append_child(&bar)?;
    let ticks = [make("span", "")?, make("span", "")?, make("span", "")?];
    for tick in &ticks {
        scale.append_child(tick)?;
    }
    show(&scale, false)?;
    Ok((scale, ticks))
}
