"""Write a small network's .pth and its logits: python3 small_pth.py OUT.pth OUT.json (the network of `resnet-small`)"""
import json
import sys
import torch
import torch.nn as nn
from torchvision.models.resnet import BasicBlock
from formula import batch, fill_state


class Small(nn.Module):
    def __init__(self, classes=2, width=24):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width)
        channels = width
        for i, stride in enumerate([1, 2, 2]):
            out = width * 2 ** i
            down = None
            if stride != 1 or out != channels:
                down = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
            setattr(self, f"layer{i + 1}", nn.Sequential(BasicBlock(channels, out, stride, down)))
            channels = out
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


model = Small()
fill_state(model, "pth")
# Half the file; both sides compute with these rounded values in float32.
state = {k: v.half() if v.is_floating_point() else v for k, v in model.state_dict().items()}
torch.save({"epoch": 3, "state_dict": state, "optimizer": {}}, sys.argv[1])
model.load_state_dict({k: v.float() for k, v in state.items()})
x, _, _ = batch(64, 8, 2)
with torch.no_grad():
    logits = model.eval()(x).flatten().tolist()
json.dump({"torch": torch.__version__, "logits": logits}, open(sys.argv[2], "w"))
