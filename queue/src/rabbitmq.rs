use crate::{ConsumeError, Delivery, Group, OpenError, PublishError, Settings, Tag};

#[derive(Debug, Clone)]
pub(crate) struct Publisher {}

impl Publisher {
    pub(crate) async fn open(_url: &str, _settings: &Settings) -> Result<Self, OpenError> {
        todo!("helper")
    }

    pub(crate) async fn publish(&self, _group: Group) -> Result<(), PublishError> {
        todo!("helper")
    }

    pub(crate) fn is_ready(&self) -> bool {
        todo!("helper")
    }
}

#[derive(Debug)]
pub(crate) struct Consumer {}

impl Consumer {
    pub(crate) async fn open(_url: &str, _settings: &Settings) -> Result<Self, OpenError> {
        todo!("helper")
    }

    pub(crate) async fn next(&mut self) -> Result<Delivery, ConsumeError> {
        todo!("helper")
    }

    pub(crate) async fn acknowledge(&mut self, _tag: Tag) -> Result<(), ConsumeError> {
        todo!("helper")
    }

    pub(crate) async fn quarantine(&mut self, _group: &Group, _reason: &str) -> Result<(), ConsumeError> {
        todo!("helper")
    }
}
