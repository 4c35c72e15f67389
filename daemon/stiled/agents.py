"""Who is asked: the agents on the bus, and which question goes to which of them."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from stile.connections import Uid
from stile.questions import Question, QuestionId

ROOT = Uid(0)
FIRST_PERSON = 1000
"""User ids below are the system's (login.defs(5), UID_MIN)."""
MOST_ANSWERED = 64
MOST_STOPPED = 16
"""Clocks that an agent can stop at a time: questions that nobody ends keep others' out."""


@dataclass(slots=True)
class Agent:
    """Somebody who can put questions in front of a person: a name on the bus, an object there."""

    name: str
    path: str
    uid: Uid
    active: bool
    """Whether its session was the active one when it registered."""
    shown: set[QuestionId] = field(default_factory=set)
    stopped: set[QuestionId] = field(default_factory=set)
    """Whose clocks stand still because of it."""
    answered: deque[QuestionId] = field(default_factory=lambda: deque(maxlen=MOST_ANSWERED))
    """What it has decided, for it alone to take back."""

    def concerns(self, question: Question) -> bool:
        """Whether a question is this agent's to answer.

        A user's programs are the user's; a system service's go to the active session. Root may
        answer for everybody.
        """
        owner = question.connection.process.uid
        return self.uid in (owner, ROOT) or (self.active and owner < FIRST_PERSON)


class Agents:
    """The agents that are registered, one a user."""

    def __init__(self) -> None:
        self._agents: dict[str, Agent] = {}

    def __len__(self) -> int:
        return len(self._agents)

    def add(self, agent: Agent) -> bool:
        """Take an agent in; False where its user has one already."""
        if any(other.uid == agent.uid for other in self._agents.values()):
            return False
        self._agents[agent.name] = agent
        return True

    def drop(self, name: str) -> Agent | None:
        """Let an agent go; None where there was none of that name."""
        return self._agents.pop(name, None)

    @property
    def stopped(self) -> set[QuestionId]:
        """The questions whose clock somebody wants to stand still."""
        return {question for agent in self._agents.values() for question in agent.stopped}

    def find(self, name: str) -> Agent | None:
        """The agent behind a name on the bus."""
        return self._agents.get(name)

    def concerned(self, question: Question) -> list[Agent]:
        """Those to whom a question is put."""
        return [agent for agent in self._agents.values() if agent.concerns(question)]

    def showing(self, question: QuestionId) -> Iterable[Agent]:
        """Those who were shown a question, which they then forget."""
        for agent in self._agents.values():
            if question in agent.shown:
                agent.shown.discard(question)
                agent.stopped.discard(question)
                yield agent
